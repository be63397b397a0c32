// Ingest: rate limits, repeated payloads, and cached registry answers, on a manual clock.

import t from 'tap';
import { isFinal, rejected } from '../../../../core/contract/final.ts';
import { createDedupe, fingerprintOf } from '../../../../plugins/kit/ingest/dedupe.ts';
import { rateLimit } from '../../../../plugins/kit/ingest/rate-limit.ts';
import { createRegistryCache, type Facts } from '../../../../plugins/kit/ingest/registry-cache.ts';

t.test('each camera has its own rate: a burst of one second, then single pictures', (t) => {
  const rates = rateLimit(2, 10);

  t.same([rates.take('a', 0), rates.take('a', 0), rates.take('a', 0)], [0, 0, 500]);
  t.equal(rates.take('b', 0), 0);
  t.equal(rates.take('a', 250), 250);
  t.equal(rates.take('a', 500), 0);
  t.same([rates.take('a', 60_000), rates.take('a', 60_000), rates.take('a', 60_000)], [0, 0, 500]);
  t.equal(rateLimit(undefined, 1).take('a', 0), 0);
  t.end();
});

t.test('a rate below one per second allows one picture at once', (t) => {
  const rates = rateLimit(1 / 60, 10);

  t.equal(rates.take('a', 0), 0);
  t.equal(rates.take('a', 0), 60_000);
  t.equal(rates.take('a', 60_000), 0);
  t.end();
});

t.test('the number of remembered payloads is limited: the camera that was silent for longest is forgotten', (t) => {
  const recall = createDedupe(2);
  for (const camera of ['a', 'b', 'c']) recall.accepted(camera, 'x');
  for (let index = 0; index < 40; index++) recall.accepted('c', String(index));

  t.equal(recall.has('a', 'x'), false);
  t.equal(recall.has('b', 'x'), true);
  t.equal(recall.has('c', 'x'), false, 'only the latest payloads of a camera');
  t.equal(recall.has('c', '39'), true);
  t.end();
});

t.test('fingerprints differ for pictures that differ in one byte, in their length, or by two swapped bytes', (t) => {
  const picture = Buffer.from(Array.from({ length: 1000 }, (_, at) => (at * 7) % 256));
  const others = [0, 499, 500, 999].map((at) => Buffer.from(picture).fill((picture[at] ?? 0) ^ 1, at, at + 1));
  const swapped = Buffer.concat([picture.subarray(500), picture.subarray(0, 500)]);
  const all = [picture, ...others, swapped, picture.subarray(0, 999), Buffer.alloc(0)];

  t.equal(new Set(all.map(fingerprintOf)).size, all.length);
  t.equal(fingerprintOf(Buffer.from(picture)), fingerprintOf(picture));
  t.end();
});

t.test(
  'an answer is used while it is fresh, requested once at a time, and kept if the next request fails',
  async (t) => {
    let now = 0;
    let queries = 0;
    let answer: () => Promise<Facts> = async () => ({ floor: 1 });
    const outcomes: unknown[] = [];
    const answers = createRegistryCache({
      fresh: 100,
      most: 2,
      clock: { monotonic: () => now },
      ask() {
        queries++;
        return answer();
      },
      onOutcome: (cause) => void outcomes.push(cause),
    });

    const both = await Promise.all([answers.lookup('a'), answers.lookup('a')]);
    await answers.lookup('a');
    t.same(both, [{ floor: 1 }, { floor: 1 }]);
    t.equal(queries, 1);
    now = 200;
    answer = () => Promise.reject(new Error('away'));
    t.same(await answers.lookup('a'), { floor: 1 });
    t.same(await answers.lookup('a'), { floor: 1 });
    t.equal(queries, 2, 'a failed request is not repeated at once');
    await t.rejects(answers.lookup('never'), /away/);
    t.equal(outcomes.filter((cause) => cause instanceof Error).length, 2);
  },
);

t.test('a database that hangs does not delay known cameras', async (t) => {
  let now = 0;
  let answer: () => Promise<Facts> = async () => ({ floor: 1 });
  const options = { fresh: 100, most: 2, clock: { monotonic: () => now }, onOutcome: () => {} };
  const answers = createRegistryCache({ ...options, ask: () => answer() });
  await answers.lookup('a');
  now = 200;
  let thaw = (_facts: Facts): void => {};
  answer = () =>
    new Promise<Facts>((resolve) => {
      thaw = resolve;
    });

  t.same(await answers.lookup('a'), { floor: 1 }, 'the last answer is used while the request is open');
  thaw(undefined);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(await answers.lookup('a'), undefined, 'the new answer is used as soon as it is there');
});

t.test('a permanent rejection is distinguished from a temporary refusal', (t) => {
  t.equal(isFinal(rejected('It is no picture.')), true);
  t.equal(isFinal(new Error('full')), false);
  t.end();
});
