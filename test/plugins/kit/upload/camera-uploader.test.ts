// Uploads of one camera at an interval, on a virtual clock: pictures sent, and conditions reported.

import t, { type Test } from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import { environment } from '../../../../core/contract/problems.ts';
import type { Condition, Turn } from '../../../../plugins/kit/printer/condition.ts';
import { type CameraUploaderOptions, createCameraUploader } from '../../../../plugins/kit/upload/camera-uploader.ts';
import type { Newest } from '../../../../plugins/kit/upload/newest.ts';
import type { Outcome } from '../../../../plugins/kit/upload/outcome.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const ACCEPTED: Outcome = { is: 'accepted', status: 200, body: Buffer.alloc(0) };
const EVERY = 10_000;
const answered = (status: number): Outcome => ({ is: 'answered', status, message: '' });

function world(t: Test, more: Partial<CameraUploaderOptions> = {}) {
  const time = manualClock();
  const start = time.clock.monotonic();
  const sent: string[] = [];
  const reports: (string | undefined)[] = [];
  const counts: Record<string, number> = {};
  const lines: [string, unknown][] = [];
  const record = (text: string, fields?: unknown): void => void lines.push([text, fields]);
  const log: CameraUploaderOptions['log'] = {
    debug: record,
    info: record,
    warn: record,
    error: record,
    child: () => log,
  };
  let seq = 0;
  const source = (name: string) => {
    let give: (signal: AbortSignal) => Promise<Frame | undefined> = async () =>
      makeFrame(name, ++seq, { arrived: time.clock.monotonic() });
    const newest: Newest = {
      cameras: () => [name],
      take: (_camera, signal) => give(signal),
      leave() {},
      arrival: (_camera, atMost, signal) => time.clock.sleep(atMost, signal),
    };
    return {
      newest,
      gives: (next: typeof give) => {
        give = next;
      },
    };
  };
  const main = source('gate');
  let answer: () => Outcome | Promise<Outcome> = () => ACCEPTED;
  const uploader = createCameraUploader({
    camera: 'gate',
    clock: time.clock,
    log,
    rules: { everyMs: EVERY, server: 'api.test', random: () => 0 },
    preflight: { staleAfterMs: 60_000, least: 0, skipUnchanged: false },
    newest: main.newest,
    condition: undefined,
    smaller: undefined,
    async send(frame) {
      sent.push(`${frame.camera} @${time.clock.monotonic() - start}`);
      return answer();
    },
    accepted: async () => {},
    report: (trouble) => void reports.push(trouble),
    count: (name, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by;
    },
    state: undefined,
    ...more,
  });
  const control = new AbortController();
  t.teardown(() => control.abort());
  const run = (): Promise<unknown> => uploader.run(control.signal).catch((cause: unknown) => cause);
  return {
    ...{ time, sent, reports, counts, lines, uploader, run, control, main, source },
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}

t.test('one picture is sent at each interval, counted from the start of the upload', async (t) => {
  const { time, sent, counts, reports, run, answers } = world(t);
  answers(async () => {
    await time.clock.sleep(3000);
    return ACCEPTED;
  });
  void run();
  await time.advance(2 * EVERY + 5000);

  t.same(sent, ['gate @0', 'gate @10000', 'gate @20000']);
  t.match(counts, { uploaded_total: 3 });
  t.ok((counts.uploaded_bytes_total ?? 0) > 3);
  t.same(reports, [undefined, undefined, undefined]);
});

t.test('successes are summed up in the log once a minute', async (t) => {
  const { time, lines, run } = world(t);
  void run();
  await time.advance(120_000);

  t.match(
    lines.map(([text, fields]) => [text, (fields as { pictures: number }).pictures]),
    [
      ['pictures uploaded', 1],
      ['pictures uploaded', 6],
      ['pictures uploaded', 6],
    ],
  );
});

t.test('after failures the pause grows, and the first success is logged', async (t) => {
  const { time, sent, counts, reports, lines, uploader, run, answers } = world(t);
  answers(() => answered(500));
  void run();
  await time.advance(75_000);
  t.same(sent, ['gate @0', 'gate @10000', 'gate @30000', 'gate @70000']);
  t.match(counts, { failed_total: 4 });
  t.match(reports.at(-1), /^api\.test answered 500/);
  t.match(uploader.state(), { policyState: { is: 'failing', failures: 4 }, small: false });
  t.match(lines[0], ['upload failed', { camera: 'gate', status: 500, next_in: '10s' }]);

  answers(() => ACCEPTED);
  await time.advance(75_000);
  t.equal(reports.at(-1), undefined);
  t.same(
    lines.slice(4).map(([text]) => text),
    ['pictures uploaded', 'uploads work again'],
  );
  t.match(lines[5]?.[1], { failures: 4 });
  t.match(uploader.state(), { policyState: { is: 'well' } });
});

t.test('a failure without an answer has no status in the log', async (t) => {
  const { lines, run, answers } = world(t);
  answers(() => ({ is: 'failed', trouble: 'dns', detail: 'x' }));
  void run();
  await settle();

  const [[text, fields] = ['', {}]] = lines;
  t.equal(text, 'upload failed');
  t.notOk('status' in (fields as object));
});

t.test('a reload does not shorten a pause', async (t) => {
  const state = { policyState: { is: 'well' }, notBefore: 1_000_000 + 4000, small: false } as const;
  const { time, sent, run } = world(t, { state });
  void run();
  await time.advance(3999);
  t.same(sent, []);
  await time.advance(1);
  t.same(sent, ['gate @4000']);
});

t.test('a picture that may not be sent is reported, and the next one is checked after an interval', async (t) => {
  const stale = { staleAfterMs: 60_000, least: 0, skipUnchanged: true };
  const cases: readonly (readonly [string, (now: number) => Frame | undefined, RegExp, string | undefined])[] = [
    ['nothing', () => undefined, /^The first picture of gate has not come yet\.$/, undefined],
    [
      'old',
      (now) => makeFrame('gate', 1, { arrived: now - 60_001 }),
      /^gate has sent no new picture for more than 1m/,
      'skipped_stale_total',
    ],
    [
      'cut',
      (now) => makeFrame('gate', 1, { arrived: now, data: Buffer.alloc(2048) }),
      /^The newest picture of gate is truncated \(2\D/,
      'skipped_truncated_total',
    ],
  ];
  for (const [what, make, sentence, counted] of cases) {
    const { time, sent, reports, counts, run, main } = world(t, { preflight: stale });
    let takes = 0;
    main.gives(async () => {
      takes++;
      return make(time.clock.monotonic());
    });
    void run();
    await settle();
    t.match(reports, [sentence], what);
    await time.advance(EVERY);
    t.equal(takes, 2, what);
    t.same(sent, [], what);
    if (counted) t.equal(counts[counted], 2, what);
  }
});

t.test('an unchanged picture is skipped without a report', async (t) => {
  const { time, sent, reports, counts, run, main } = world(t, {
    preflight: { staleAfterMs: 1e9, least: 0, skipUnchanged: true },
  });
  const same = makeFrame('gate', 1, { arrived: 1_000_000 });
  let takes = 0;
  main.gives(async () => {
    takes++;
    return same;
  });
  void run();
  await time.advance(3 * EVERY);

  t.same(sent, ['gate @0']);
  t.equal(takes, 4);
  t.equal(counts.skipped_unchanged_total, 3);
  t.same(reports, [undefined]);
});

t.test('a missing picture is reported with its reason, also after a timeout', async (t) => {
  const { time, reports, run, main } = world(t);
  main.gives(() => Promise.reject(environment('away', 'The cable is out.')));
  void run();
  await settle();
  t.same(reports, ['gate sent no picture. The cable is out.']);

  main.gives((signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
  await time.advance(EVERY + 29_999);
  t.equal(reports.length, 1);
  await time.advance(1);
  t.match(reports.at(-1), /^gate sent no picture\. The capture took longer than 30s/);
});

t.test('after a picture too large for the server, smaller ones are sent if there are any', async (t) => {
  let made = 0;
  const small = (name: string, time: () => number): Newest => ({
    cameras: () => [],
    take: async () => makeFrame(name, 1, { arrived: time() }),
    leave() {},
    arrival: async () => {},
  });
  let now = (): number => 0;
  const { time, sent, counts, uploader, lines, run, answers } = world(t, {
    smaller() {
      made++;
      return small('small', () => now());
    },
  });
  now = () => time.clock.monotonic();
  answers(() => (sent.at(-1)?.startsWith('gate') ? answered(413) : ACCEPTED));
  void run();
  await time.advance(EVERY);

  t.same(sent, ['gate @0', 'small @10000']);
  t.ok(made > 0);
  t.equal(uploader.state().small, true);
  t.equal(counts.failed_total, undefined);
  t.match(lines[0], ['picture too large for the server, only smaller ones are sent from now on', { camera: 'gate' }]);

  answers(() => answered(413));
  await time.advance(EVERY);
  t.equal(counts.failed_total, 1, 'the smaller picture is too large as well');
});

t.test('without a smaller picture the failure is reported', async (t) => {
  const { reports, run, answers, uploader } = world(t);
  answers(() => answered(413));
  void run();
  await settle();

  t.match(reports, [/too large/]);
  t.equal(uploader.state().small, false);
});

/** A condition that the test sets. */
function conditioned(byLayer: boolean) {
  let now: Turn | string = 'the printer is off';
  const wakes = new Set<() => void>();
  const condition: Condition = {
    byLayer,
    now: () => now,
    changed: (signal) =>
      new Promise((resolve, reject) => {
        wakes.add(resolve);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  return {
    condition,
    set(next: Turn | string) {
      now = next;
      for (const wake of wakes) wake();
      wakes.clear();
    },
  };
}

t.test('pictures are sent only while the condition of the printer holds', async (t) => {
  const { condition, set } = conditioned(false);
  const { time, sent, reports, run } = world(t, { condition });
  void run();
  await time.advance(5000);
  t.same(sent, []);
  t.same(reports, [undefined]);
  set({ number: 1, since: time.clock.monotonic() });
  await time.advance(15_000);
  t.same(sent, ['gate @5000', 'gate @15000']);
  set('the printer is off');
  await time.advance(30_000);
  t.equal(sent.length, 2);
});

t.test('each layer has one picture, not older than the layer, and a failed upload is repeated', async (t) => {
  const { condition, set } = conditioned(true);
  const accepted: number[] = [];
  const { time, sent, reports, run, answers, main } = world(t, {
    condition,
    accepted: async ({ seq }) => void accepted.push(seq),
  });
  void run();
  await settle();
  answers(() => answered(500));
  set({ number: 1, since: time.clock.monotonic() });
  await settle();
  answers(() => ACCEPTED);
  await time.advance(60_000);
  t.same(sent, ['gate @0', 'gate @10000']);
  t.equal(accepted.length, 1);

  const before = time.clock.monotonic();
  main.gives(async () => makeFrame('gate', 50, { arrived: before }));
  set({ number: 2, since: before + 1 });
  await settle();
  t.equal(sent.length, 2);
  t.equal(reports.at(-1), "gate has sent no picture of the printer's new layer yet.");
  main.gives(async () => makeFrame('gate', 51, { arrived: before + 1 }));
  await time.advance(EVERY);
  t.equal(sent.length, 3);
  await time.advance(EVERY);
  t.equal(sent.length, 3);
  t.equal(accepted.at(-1), 51);
});

t.test('a run rejects with the reason of its signal', async (t) => {
  const { time, run, control } = world(t);
  const running = run();
  await time.advance(1);
  control.abort(new Error('the node stops'));

  t.match(await running, { message: 'the node stops' });
  t.equal(time.sleepers(), 0);
});
