// Units of the profile language: accepted and refused texts, and their messages.

import t from 'tap';
import { formatDuration, formatSize, parseUnit } from '../../../core/base/units.ts';

t.test('durations, sizes and rates are read as milliseconds, bytes and per second', async (t) => {
  t.equal(parseUnit('duration', '250ms'), 250);
  t.equal(parseUnit('duration', '1.5m'), 90_000);
  t.equal(parseUnit('duration', '30d'), 2_592_000_000);
  t.equal(parseUnit('size', '64KiB'), 65_536);
  t.equal(parseUnit('size', '2MB'), 2_000_000);
  t.equal(parseUnit('rate', '30/m'), 0.5);
});

t.test('a bare number, another unit and trailing text are no units', async (t) => {
  for (const text of ['10', '10 s', '10/s', '-1s', '1e3s', 'ten s', '10sx', '']) {
    t.equal(parseUnit('duration', text), undefined, `"${text}" is no duration`);
  }
  t.equal(parseUnit('rate', '5s'), undefined);
  t.equal(parseUnit('size', '5m'), undefined);
});

t.test('people read durations in at most two parts and sizes in binary units', async (t) => {
  t.equal(formatDuration(15_000), '15s');
  t.equal(formatDuration(90_061), '1m 30s');
  t.equal(formatDuration(250), '250ms');
  t.equal(formatSize(8_388_608), '8 MiB');
  t.equal(formatSize(1_536), '1.5 KiB');
});
