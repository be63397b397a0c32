// Frames per second without a timer, on a manual clock.

import t from 'tap';
import { createRate } from '../../../../core/graph/flow/rate.ts';

/** A node whose frames come every `gap` ms, and its rate. */
function node() {
  const rate = createRate();
  let count = 0;
  return {
    frames(from: number, to: number, gap: number) {
      for (let at = from; at < to; at += gap) rate.note(++count, at);
    },
    rate: (now: number) => Math.round(rate.read(count, now) * 100) / 100,
  };
}

t.test('the rate is that of the last five seconds', async (t) => {
  const { frames, rate } = node();
  t.equal(rate(0), 0, 'nothing has come');
  frames(1000, 3000, 50);
  t.equal(rate(2999), 20, 'soon after the start');
  frames(3000, 60_000, 50);
  t.equal(rate(60_000), 20);
  frames(60_000, 70_000, 200);
  t.equal(rate(70_000), 5, 'after a change');
});

t.test('a feed that stops goes down to nothing, and what comes after it counts anew', async (t) => {
  const { frames, rate } = node();
  frames(0, 10_000, 100);
  t.ok(rate(12_000) > 5 && rate(12_000) < 10);
  t.equal(rate(15_000), 0);
  t.equal(rate(3_600_000), 0);
  frames(3_600_000, 3_602_000, 100);
  t.equal(rate(3_601_900), 10);
});

t.test('slow cameras have a rate too', async (t) => {
  const { frames, rate } = node();
  frames(0, 600_000, 10_000);
  t.equal(rate(600_000), 0.1);
  t.equal(rate(609_000), 0.1, 'the next picture is not overdue yet');
  t.equal(rate(611_000), 0, 'now two are');
});

t.test('frames that are handed on at the same instant, or older ones, break nothing', async (t) => {
  const { frames, rate } = node();
  frames(5000, 5001, 1);
  t.equal(rate(5000), 0);
  frames(4000, 4001, 1);
  frames(5000, 9000, 100);
  t.ok(rate(9000) > 8 && rate(9000) < 12);
});

t.test('a frame is overdue after more than twice the gap before the last one', async (t) => {
  const { frames, rate } = node();
  frames(0, 10_001, 1000);

  t.equal(rate(12_000), 1, 'not yet');
  t.equal(rate(12_001), 0.6);
});

t.test('one frame has no rate, and two have that of their gap at once', async (t) => {
  const rate = createRate();

  rate.note(1, 7000);
  t.equal(rate.read(1, 7000), 0);
  t.equal(rate.read(1, 7400), 0);
  rate.note(2, 7500);
  t.equal(rate.read(2, 7500), 2);
});

t.test('a feed is silent after five seconds, or after twice the last gap where that is longer', async (t) => {
  const rate = createRate();
  rate.note(1, 10_000);
  rate.note(2, 11_000);

  t.ok(rate.read(2, 16_000) > 0);
  t.equal(rate.read(2, 16_001), 0);
  rate.note(3, 15_000);
  t.ok(rate.read(3, 23_000) > 0);
  t.equal(rate.read(3, 23_001), 0);
});

t.test('the rate is taken over five seconds where marks reach that far back', async (t) => {
  const rate = createRate();
  // Ten a second for ten seconds, then one a second.
  let count = 0;
  for (let at = 0; at < 10_000; at += 100) rate.note(++count, at);
  for (let at = 10_000; at <= 14_000; at += 1000) rate.note(++count, at);

  t.equal(rate.read(count, 14_000), (count - 91) / 5, 'since 9 s, when 91 had come');
  rate.note(++count, 15_000);
  t.equal(rate.read(count, 15_000), 1);
});
