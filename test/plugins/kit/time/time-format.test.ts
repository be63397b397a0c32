// Times in names: formatted and parsed, in zones with clock changes.

import t from 'tap';
import { createTimeFormat, quote } from '../../../../plugins/kit/time/time-format.ts';
import { zone } from '../../../../plugins/kit/time/zone.ts';

const UTC = zone('UTC');
const at = (text: string): number => Date.parse(text);

t.test('each placeholder is one part of the time, with leading zeros', (t) => {
  const time = at('2026-03-04T05:06:07.089Z');
  const cases: readonly (readonly [string, string])[] = [
    ['%Y%m%d', '20260304'],
    ['%Y-%m-%d %H.%M.%S', '2026-03-04 05.06.07'],
    ['%Y%m%dT%H%M%S.%LZ', '20260304T050607.089Z'],
    ['%Y%m%dT%H%M%S%f', '20260304T050607089000'],
    ['%s', String(time / 1000 - 0.089)],
    ['%s.%L', `${Math.floor(time / 1000)}.089`],
    ['%Y%m%d%%%z', '20260304%+0000'],
  ];
  for (const [format, text] of cases) t.equal(createTimeFormat(format, UTC).format(time), text, format);
  t.equal(createTimeFormat('%Y%m%d%f', UTC).format(time + 0.25), '20260304089250', 'microseconds');
  t.end();
});

t.test('the offset of the zone is written and read with its sign', (t) => {
  const time = at('2026-07-01T12:00:00Z');
  const cases: readonly (readonly [string, string])[] = [
    ['Europe/Berlin', '20260701 1400 +0200'],
    ['America/St_Johns', '20260701 0930 -0230'],
    ['Asia/Kathmandu', '20260701 1745 +0545'],
    ['Pacific/Kiritimati', '20260702 0200 +1400'],
  ];
  for (const [name, text] of cases) {
    const format = createTimeFormat('%Y%m%d %H%M %z', zone(name));
    t.equal(format.format(time), text, name);
    t.equal(format.parse(text, 0), time, name);
  }
  t.end();
});

t.test('a formatted time is parsed with the precision of its format', (t) => {
  const time = at('2026-03-04T05:06:07.089Z') + 0.5;
  const cases: readonly (readonly [string, number])[] = [
    ['%Y%m%d', at('2026-03-04T00:00:00Z')],
    ['%Y%m%d%H', at('2026-03-04T05:00:00Z')],
    ['%Y%m%d%H%M', at('2026-03-04T05:06:00Z')],
    ['%Y%m%d%H%M%S', at('2026-03-04T05:06:07Z')],
    ['%Y%m%d%H%M%S%L', at('2026-03-04T05:06:07.089Z')],
    ['%Y%m%d%H%M%S.%f', time],
    ['%s', at('2026-03-04T05:06:07Z')],
    ['%s.%L', at('2026-03-04T05:06:07.089Z')],
    ['%s.%f', time],
  ];
  for (const [text, read] of cases) {
    const format = createTimeFormat(text, UTC);
    t.equal(format.parse(format.format(time), 0), read, text);
  }
  t.end();
});

t.test('a text that differs from the format is not a time', (t) => {
  const format = createTimeFormat('a%Y%m%d_%H%M%S', UTC);

  t.equal(format.parse('a20260304_050607', 0), at('2026-03-04T05:06:07Z'));
  for (const text of [
    '',
    'b20260304_050607',
    'a20260304_050607x',
    'xa20260304_050607',
    'a20260230_050607',
    'a20261304_050607',
    'a20260304_240000',
    'a20260304_056007',
    'a19691231_235959',
  ]) {
    t.equal(format.parse(text, 0), undefined, text);
  }
  t.end();
});

t.test('a repeated hour is parsed as the nearer one, and a skipped hour is not a time', (t) => {
  const berlin = createTimeFormat('%Y%m%d_%H%M', zone('Europe/Berlin'));
  const first = at('2026-10-25T00:30:00Z');
  const second = at('2026-10-25T01:30:00Z');

  t.equal(berlin.format(first), '20261025_0230');
  t.equal(berlin.format(second), '20261025_0230');
  t.equal(berlin.parse('20261025_0230', first - 1), first);
  t.equal(berlin.parse('20261025_0230', second + 1), second);
  t.equal(berlin.parse('20260329_0230', second), undefined);
  t.equal(berlin.parse('20260329_0330', second), at('2026-03-29T01:30:00Z'));
  t.end();
});

t.test('times from 1970 to 9999 can be formatted', (t) => {
  const format = createTimeFormat('%Y%m%d%H%M%S', UTC);

  t.equal(format.format(0), '19700101000000');
  t.equal(format.format(at('9999-12-31T23:59:59Z')), '99991231235959');
  for (const time of [-1, at('9999-12-31T23:59:59Z') + 1000, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => format.format(time), { code: 'bad-time', message: /outside 1970 to 9999/ }, String(time));
  }
  t.equal(format.parse('19700101000000', 0), 0);
  t.end();
});

t.test('a format that cannot be parsed back is refused', (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['%Y%m', 'UTC', /needs at least %Y, %m and %d, or %s/],
    ['%Y%d', 'UTC', /needs at least/],
    ['%m%d', 'UTC', /needs at least/],
    ['%H', 'UTC', /needs at least/],
    ['%Y%m%d%j', 'UTC', /has "%j"; allowed are/],
    ['%Y%m%d%', 'UTC', /has "%"/],
    ['%Y%m%dZ', 'Europe/Berlin', /ends with "Z", which means UTC, but timezone is Europe\/Berlin/],
  ];
  for (const [text, name, message] of cases) {
    t.throws(() => createTimeFormat(text, zone(name)), { code: 'time_format', message }, text);
  }
  t.doesNotThrow(() => createTimeFormat('%Y%m%dZ', UTC));
  t.doesNotThrow(() => createTimeFormat('%Y%m%d', zone('Europe/Berlin')));
  t.end();
});

t.test('the pieces of a format match only its names', (t) => {
  const pattern = createTimeFormat('%s (%Y%m%d%%)', UTC)
    .pieces.map(({ literal, pattern }) => (literal === undefined ? pattern : quote(literal)))
    .join('');

  t.match('1700000000 (20231114%)', new RegExp(`^${pattern}$`));
  t.notMatch('1700000000 20231114%', new RegExp(`^${pattern}$`));
  t.equal(new RegExp(`^${quote('a.b*c?[d]-/\\')}$`).test('a.b*c?[d]-/\\'), true);
  t.end();
});
