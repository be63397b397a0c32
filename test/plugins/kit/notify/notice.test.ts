// The text of a notification, for one camera and for several.

import t from 'tap';
import {
  fillTemplate,
  type Notice,
  namesOf,
  noticesOf,
  PLACEHOLDERS,
  textOf,
  titleOf,
} from '../../../../plugins/kit/notify/notice.ts';

const notice = (more: Partial<Notice> = {}): Notice => ({
  is: 'offline',
  cameras: ['gate'],
  since: Date.UTC(2026, 0, 2, 3, 4, 5),
  time: Date.UTC(2026, 0, 2, 4, 0, 0),
  ...more,
});

t.test('events with the same state share a notice: cameras by name, since the earliest, states in order', (t) => {
  const events = [
    { camera: 'yard', is: 'online', since: 7 },
    { camera: 'shed', is: 'offline', since: 9 },
    { camera: 'gate', is: 'online', since: 5 },
  ] as const;

  t.strictSame(noticesOf(events, 100), [
    { is: 'online', cameras: ['gate', 'yard'], since: 5, time: 100 },
    { is: 'offline', cameras: ['shed'], since: 9, time: 100 },
  ]);
  t.strictSame(noticesOf([], 100), []);
  t.end();
});

t.test('title and text name one camera or several', (t) => {
  const two = ['gate', 'yard'];

  t.equal(titleOf(notice()), 'Camera gate is offline');
  t.equal(titleOf(notice({ is: 'online' })), 'Camera gate is back');
  t.equal(titleOf(notice({ cameras: two })), '2 cameras are offline');
  t.equal(textOf(notice()), 'gate has sent no picture since 2026-01-02 03:04:05 UTC.');
  t.equal(textOf(notice({ cameras: two })), 'gate, yard have sent no picture since 2026-01-02 03:04:05 UTC.');
  t.equal(
    textOf(notice({ is: 'online', cameras: two, since: 0, time: 2000 })),
    'gate, yard send pictures again, after 2 seconds.',
  );
  t.end();
});

t.test('a span is given in its largest whole unit', (t) => {
  const span = (ms: number): string =>
    /after (.*)\.$/.exec(textOf(notice({ is: 'online', since: 0, time: ms })))?.[1] ?? '';
  const cases: readonly (readonly [number, string])[] = [
    [-5, '0 seconds'],
    [999, '0 seconds'],
    [1000, '1 second'],
    [59_999, '59 seconds'],
    [60_000, '1 minute'],
    [3_599_999, '59 minutes'],
    [3_600_000, '1 hour'],
    [86_399_999, '23 hours'],
    [86_400_000, '1 day'],
    [200_000_000, '2 days'],
  ];
  for (const [ms, words] of cases) t.equal(span(ms), words, String(ms));
  t.end();
});

t.test('up to ten cameras are named, further ones are counted', (t) => {
  const cameras = Array.from({ length: 11 }, (_, index) => `c${index}`);

  t.equal(namesOf(cameras.slice(0, 10)), 'c0, c1, c2, c3, c4, c5, c6, c7, c8, c9');
  t.equal(namesOf(cameras), 'c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 1 more');
  t.end();
});

t.test('every placeholder has a value, and unknown ones stay unchanged', (t) => {
  const template = PLACEHOLDERS.map((name) => `{${name}}`).join('|');
  const filled = fillTemplate(template, notice({ cameras: ['a', 'b'] }), (text) => `<${text}>`);

  t.same(filled.split('|').sort(), [
    '<2 cameras are offline>',
    '<2026-01-02T03:04:05.000Z>',
    '<2026-01-02T04:00:00.000Z>',
    '<2>',
    '<a, b have sent no picture since 2026-01-02 03:04:05 UTC.>',
    '<a, b>',
    '<offline>',
  ]);
  t.equal(
    fillTemplate('{constructor} {Title} {}', notice(), (text) => text),
    '{constructor} {Title} {}',
  );
  t.end();
});
