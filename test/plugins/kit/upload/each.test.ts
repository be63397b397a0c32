// Uploads of every frame, one acknowledgement each: refusals and retries, on a virtual clock.

import t from 'tap';
import { isFinal } from '../../../../core/contract/final.ts';
import type { Frame } from '../../../../core/contract/frame.ts';
import { createDeliver, type EachOptions } from '../../../../plugins/kit/upload/each.ts';
import type { Outcome } from '../../../../plugins/kit/upload/outcome.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;
const EVERY = 1000;
const ACCEPTED: Outcome = { is: 'accepted', status: 200, body: Buffer.alloc(0) };
const answered = (status: number, more: Partial<Extract<Outcome, { is: 'answered' }>> = {}): Outcome => ({
  is: 'answered',
  status,
  message: '',
  ...more,
});

function world(answer: (number: number) => Outcome | Promise<Outcome>, more: Partial<EachOptions> = {}) {
  const time = manualClock();
  const start = time.clock.monotonic();
  const sent: number[] = [];
  const reports: (string | undefined)[] = [];
  const counts: Record<string, number> = {};
  const lines: string[] = [];
  const record = (text: string): void => void lines.push(text);
  const log: EachOptions['log'] = { debug: record, info: record, warn: record, error: record, child: () => log };
  const deliver = createDeliver({
    clock: time.clock,
    log,
    rules: { everyMs: EVERY, server: 'api.test', random: () => 0 },
    giveUpMs: 60_000,
    least: 0,
    finalStatus: [],
    async send() {
      sent.push(time.clock.monotonic() - start);
      return answer(sent.length);
    },
    report: (trouble) => void reports.push(trouble),
    count: (name, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by;
    },
    ...more,
  });
  const outcomes: unknown[] = [];
  const give = (seq = 1, frame: Frame = makeFrame('gate', seq), signal = never): void =>
    void deliver(frame, signal).then(
      () => outcomes.push(`${seq} accepted`),
      (cause) => outcomes.push(cause),
    );
  return { ...{ time, sent, reports, counts, lines, outcomes, give } };
}

t.test('an accepted frame is acknowledged and counted with its bytes', async (t) => {
  const { sent, reports, counts, outcomes, give } = world(() => ACCEPTED);
  give();
  await settle();

  t.same(outcomes, ['1 accepted']);
  t.same(sent, [0]);
  t.same(reports, [undefined]);
  t.same(counts, { uploaded_total: 1, uploaded_bytes_total: makeFrame('gate', 1).data.length });
});

t.test('a truncated frame is dropped without a request', async (t) => {
  const { sent, counts, outcomes, give } = world(() => ACCEPTED, { least: 1_000_000 });
  give();
  await settle();

  t.same(sent, []);
  t.match(outcomes, [{ message: /^A picture of gate is truncated and was not uploaded/ }]);
  t.equal(isFinal(outcomes[0]), true);
  t.same(counts, { refused_total: 1 });
});

t.test('a failed upload is retried after pauses that double, and a success is logged', async (t) => {
  const { time, sent, reports, counts, lines, outcomes, give } = world((number) =>
    number < 4 ? answered(500) : ACCEPTED,
  );
  give();
  await time.advance(60_000);

  t.same(sent, [0, 1000, 3000, 7000]);
  t.same(outcomes, ['1 accepted']);
  t.match(reports, [/answered 500/, /answered 500/, /answered 500/, undefined]);
  t.match(counts, { failed_total: 3, uploaded_total: 1 });
  t.same(lines, ['upload failed', 'upload failed', 'upload failed', 'uploads work again']);

  give(2);
  await settle();
  t.same(outcomes, ['1 accepted', '2 accepted']);
  t.equal(sent.at(-1), 60_000, 'at once');
  t.equal(lines.length, 4, 'no further line');
});

t.test('a frame is refused if its next try would be too late, and may be sent again later', async (t) => {
  const { time, sent, counts, outcomes, give } = world(() => answered(500), { giveUpMs: 3000 });
  give();
  await time.advance(60_000);

  t.same(sent, [0, 1000, 3000]);
  t.match(outcomes, [{ code: 'refused', message: /^api\.test answered 500/ }]);
  t.equal(isFinal(outcomes[0]), false);
  t.match(counts, { failed_total: 3, refused_total: 1 });
});

t.test('with wrong credentials frames are refused without a request until the next try is due', async (t) => {
  const { time, sent, outcomes, give } = world(() => answered(401), { giveUpMs: 10 * 60_000 });
  give();
  await settle();
  t.match(outcomes, [{ code: 'refused', message: /does not accept the credentials/ }]);
  await time.advance(299_999);
  give(2);
  await settle();
  t.equal(outcomes.length, 2);
  t.same(sent, [0]);
  await time.advance(1);
  give(3);
  await settle();
  t.same(sent, [0, 300_000]);
});

t.test('a permanently rejected picture is dropped, and others are sent without a pause', async (t) => {
  const answer = { status: 422, headers: {}, body: 'no', about: 'picture' } as const;
  for (const [outcome, more] of [
    [answered(422, { answer }), { finalStatus: [422] }],
    [answered(422, { answer, refuses: 'picture' }), {}],
    [answered(404, { answer, refuses: 'camera' }), {}],
  ] as const) {
    const { sent, reports, counts, outcomes, give } = world((number) => (number === 1 ? outcome : ACCEPTED), more);
    give();
    await settle();
    give(2);
    await settle();

    t.equal(isFinal(outcomes[0]), true);
    t.equal(outcomes[1], '2 accepted');
    t.same(sent, [0, 0]);
    t.same(reports, [undefined]);
    t.match(counts, { failed_total: 1, refused_total: 1, uploaded_total: 1 });
  }
  const { outcomes, give } = world(() => answered(421), { finalStatus: [422], giveUpMs: 0 });
  give();
  await settle();
  t.equal(isFinal(outcomes[0]), false);
});

t.test('uploads that fail while under way together count as one failure', async (t) => {
  const { time, sent, give } = world((number) => (number <= 3 ? answered(500) : ACCEPTED));
  for (const seq of [1, 2, 3]) give(seq);
  await settle();
  t.same(sent, [0, 0, 0]);
  await time.advance(999);
  t.equal(sent.length, 3);
  await time.advance(1);
  t.same(sent.slice(3), [1000, 1000, 1000]);
});

t.test('consecutive failures count separately, however short the time between them', async (t) => {
  const { time, sent, give } = world(async (number) => {
    if (number === 2) time.step(0);
    return answered(500);
  });
  give();
  await time.advance(7000);

  t.same(sent, [0, 1000, 3000, 7000]);
});

t.test('an upload that is cancelled during a pause rejects with the reason of the signal', async (t) => {
  const { time, outcomes, give } = world(() => answered(500));
  const control = new AbortController();
  give(1, makeFrame('gate', 1), control.signal);
  await settle();
  control.abort(new Error('the node stops'));
  await settle();

  t.match(outcomes, [{ message: 'the node stops' }]);
  t.equal(time.sleepers(), 0);
});
