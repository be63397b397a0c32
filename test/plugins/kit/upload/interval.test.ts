// An upload node at an interval on a virtual clock: uploaded cameras, and changes of the camera list.

import t, { type Test } from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import type { Node } from '../../../../core/contract/plugin.ts';
import { type IntervalOptions, uploadAtInterval } from '../../../../plugins/kit/upload/interval.ts';
import type { Outcome } from '../../../../plugins/kit/upload/outcome.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const ACCEPTED: Outcome = { is: 'accepted', status: 200, body: Buffer.alloc(0) };

async function world(t: Test, more: Partial<IntervalOptions> = {}, onDemand: readonly string[] = []) {
  const time = manualClock();
  const sent: string[] = [];
  const states: string[] = [];
  const warnings: string[] = [];
  const inputs: (string | undefined)[] = [];
  const same: unknown[] = [];
  const control = new AbortController();
  const announced = new Set<string>(onDemand);
  const gives = new Map<string, (frame: Frame) => void>();
  let left = (_cameras: readonly string[]): void => {};
  let answer = (): Outcome => ACCEPTED;
  const tasks: Promise<unknown>[] = [];
  const quiet = (): void => {};
  const input = (name?: string) => {
    inputs.push(name);
    return {
      cameras: () => [...announced],
      answers: (_request: string, camera: string) => onDemand.includes(camera),
      ask: async (_request: string, camera: string) => makeFrame(camera, 1, { arrived: time.clock.monotonic() }),
      onLeft: (work: typeof left) => {
        left = work;
      },
      each: (work: (frame: Frame) => void) => void gives.set(name ?? 'from', work),
    };
  };
  const node = {
    id: 'up',
    options: {},
    clock: time.clock,
    log: { debug: quiet, info: quiet, warn: (text: string) => void warnings.push(text), error: quiet },
    metrics: { count() {}, gauge() {} },
    durable: async (_name: string, options: { same: unknown; create(): unknown }) => {
      same.push(options.same);
      return options.create();
    },
    input,
    task: (work: (signal: AbortSignal) => Promise<unknown>) =>
      void tasks.push(work(control.signal).catch((cause: unknown) => cause)),
    degraded: (why: string) => void (states.at(-1) === why || states.push(why)),
    healthy: () => void (states.at(-1) === 'healthy' || states.push('healthy')),
  } as unknown as Node<object>;
  await uploadAtInterval(node, {
    rules: { everyMs: 10_000, server: 'api.test', random: () => 0 },
    preflight: { staleAfterMs: 1e9, least: 0, skipUnchanged: false },
    camera: undefined,
    single: false,
    credentials: ['token'],
    smaller: false,
    async send(frame) {
      sent.push(frame.camera);
      return answer();
    },
    ...more,
  });
  t.teardown(async () => {
    control.abort();
    await Promise.all(tasks);
  });
  const picture = (camera: string, name = 'from'): void => {
    announced.add(camera);
    gives.get(name)?.(makeFrame(camera, 1, { arrived: time.clock.monotonic() }));
  };
  return {
    ...{ time, sent, states, warnings, inputs, same, picture, announced, tasks },
    leave: (camera: string) => {
      announced.delete(camera);
      left([camera]);
    },
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}

t.test('every camera is uploaded at its own interval, from its first picture on', async (t) => {
  const { time, sent, states, picture } = await world(t);
  t.same(states, ['up waits for the first picture.']);
  picture('gate');
  await time.advance(5000);
  picture('yard');
  await time.advance(9999);

  t.same(sent, ['gate', 'yard', 'gate']);
  t.equal(states.at(-1), 'healthy');
});

t.test('a removed camera is not uploaded until it returns', async (t) => {
  const { time, sent, picture, leave, states, tasks } = await world(t);
  picture('gate');
  picture('yard');
  await time.advance(1000);
  leave('gate');
  await time.advance(30_000);
  t.equal(sent.filter((camera) => camera === 'gate').length, 1);
  t.ok(sent.filter((camera) => camera === 'yard').length >= 3);
  t.equal(states.at(-1), 'healthy');
  picture('gate');
  await settle();
  t.equal(sent.filter((camera) => camera === 'gate').length, 2);
  t.equal(tasks.length, 4);
});

t.test('of several cameras only the first is uploaded as the single one; each other one is logged once', async (t) => {
  const { time, sent, warnings, picture, leave } = await world(t, { single: true });
  picture('gate');
  picture('yard');
  await time.advance(30_000);
  t.ok(sent.every((camera) => camera === 'gate'));
  t.equal(warnings.length, 1);
  t.match(warnings[0], /only the first is uploaded/);
  leave('gate');
  await time.advance(5000);
  t.equal(sent.at(-1), 'yard', 'the next camera replaces a removed one');
});

t.test('a named camera is the only one, and the node waits for it', async (t) => {
  const { time, sent, warnings, states, picture, leave } = await world(t, { camera: 'yard', single: true });
  picture('gate');
  await time.advance(20_000);
  t.same(sent, []);
  t.equal(states.at(-1), 'The first picture of yard has not come yet.');
  picture('yard');
  await settle();
  t.same(sent, ['yard']);
  t.same(warnings, []);
  leave('yard');
  picture('gate');
  await time.advance(20_000);
  t.same(sent, ['yard']);
});

t.test('a camera on demand is found and captured', async (t) => {
  const { time, sent, announced } = await world(t, {}, ['lazy']);
  await time.advance(20_000);
  t.same(sent, ['lazy', 'lazy', 'lazy']);
  announced.add('late');
  await time.advance(5000);
  t.equal(sent.length, 3, 'no picture of a camera that never sent one');
});

t.test('the input of smaller pictures is subscribed to only when needed', async (t) => {
  const { time, inputs, picture, answers, sent } = await world(t, { smaller: true });
  picture('gate');
  await settle();
  t.same(inputs, [undefined]);
  answers(() => ({ is: 'answered', status: 413, message: '' }));
  await time.advance(10_000);
  answers(() => ACCEPTED);
  await time.advance(10_000);
  t.same(inputs, [undefined, 'smaller']);
  const before = sent.length;
  picture('gate', 'smaller');
  await time.advance(10_000);
  t.ok(sent.length > before);
  t.same(inputs, [undefined, 'smaller'], 'once');
});

t.test('a pause survives a reload with the same server and credentials, which are kept only as a digest', async (t) => {
  const first = await world(t);
  const again = await world(t);
  const other = await world(t, { credentials: ['other'] });
  const [[server, digest] = []] = first.same as string[][];

  t.equal(server, 'api.test');
  t.same(again.same, first.same);
  t.not((other.same as string[][])[0]?.[1], digest);
  t.notMatch(digest, /token/);
});
