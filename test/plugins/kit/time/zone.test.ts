// Time zones: their offsets at any instant, and the instants of a local time.

import t from 'tap';
import { zone } from '../../../../plugins/kit/time/zone.ts';

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(text);

t.test('an offset holds until the moment of its change', (t) => {
  const berlin = zone('Europe/Berlin');
  const change = at('2026-03-29T01:00:00Z');

  t.equal(berlin.offset(change - 1), 60 * MINUTE);
  t.equal(berlin.offset(change), 120 * MINUTE);
  t.equal(berlin.offset(change + 1), 120 * MINUTE);
  t.equal(zone('UTC').offset(change), 0);
  t.equal(zone('Asia/Kathmandu').offset(change), 345 * MINUTE);
  t.equal(zone('America/New_York').offset(at('2026-01-01T00:00:00Z')), -300 * MINUTE);
  t.equal(zone('Europe/Berlin').offset(at('1890-01-01T00:00:00.500Z')), 53 * MINUTE + 28_000, 'local mean time');
  t.end();
});

t.test('offsets stay correct when more are requested than are cached', (t) => {
  const berlin = zone('Europe/Berlin');
  const start = at('2026-03-29T01:00:00Z');
  for (let quarter = 0; quarter < 4200; quarter++) berlin.offset(start + quarter * 15 * MINUTE);

  t.equal(berlin.offset(start - 1), 60 * MINUTE);
  t.equal(berlin.offset(start), 120 * MINUTE);
  t.end();
});

t.test('a local time is one instant, none in a spring gap, and two in an autumn overlap, in order', (t) => {
  const berlin = zone('Europe/Berlin');

  t.same(berlin.instants(at('2026-06-01T12:00:00Z')), [at('2026-06-01T10:00:00Z')]);
  t.same(berlin.instants(at('2026-03-29T02:30:00Z')), []);
  t.same(berlin.instants(at('2026-10-25T02:30:00Z')), [at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')]);
  t.same(berlin.instants(at('2026-10-25T03:00:00Z')), [at('2026-10-25T02:00:00Z')]);
  t.same(zone('UTC').instants(5), [5]);
  t.same(zone('Pacific/Apia').instants(at('2011-12-30T12:00:00Z')), [], 'a day that Samoa skipped');
  t.end();
});

t.test('a zone unknown to this system is refused', (t) => {
  t.throws(() => zone('Europe/Nowhere'), RangeError);
  t.equal(zone('Europe/Berlin').name, 'Europe/Berlin');
  t.end();
});
