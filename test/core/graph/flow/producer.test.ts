// The output of one instance of a node: its stamps, its cameras, and what it takes over from the instance before.

import { createHash } from 'node:crypto';
import t from 'tap';
import type { Capture } from '../../../../core/contract/plugin.ts';
import { createFlow } from '../../../../core/graph/flow/flow.ts';
import { createInput } from '../../../../core/graph/flow/input.ts';
import { createNodeOutput, type NodeOutput } from '../../../../core/graph/flow/output.ts';
import { MAX_CAMERAS, MAX_KEY } from '../../../../core/graph/flow/producer.ts';
import { picture } from '../../../support/graph.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const nothing = (): void => {};

function node(id = 'cam', clock = manualClock()) {
  const output = createNodeOutput(id, createFlow(clock.clock, { of: () => nothing }));
  const open = () => {
    const producer = output.open();
    const send = (camera?: string, text?: string) => producer.output.emit(producer.output.stamp(picture(text, camera)));
    return { ...producer, send };
  };
  return { output, open, clock };
}

const inputOf = (option: string, ...outputs: NodeOutput[]) =>
  createInput({
    option,
    outputs,
    consumer: 'viewer',
    onFrame: nothing,
    onSkip: nothing,
    onFull: nothing,
    onRefuse: nothing,
    onAccept: nothing,
    onFail: nothing,
  });

t.test('a stamp has the times of the clock, the camera of the node and its count', async (t) => {
  const { open, clock } = node();
  const { stamp } = open().output;
  clock.setWall(5_000_000);

  const first = stamp(picture('one'));
  const second = stamp({ ...picture('two', 'door'), time: 77, meta: { a: 1 }, key: 'k-1' });
  const third = stamp(picture('three', 'door'));

  t.match(first, { camera: 'cam', seq: 1, time: 5_000_000, arrived: 1_000_000, type: 'image/jpeg', meta: {} });
  t.match(first.key, /^[0-9A-Z]{26}$/);
  t.match(second, { camera: 'door', seq: 1, time: 77, key: 'k-1', meta: { a: 1 } });
  t.equal(third.seq, 2);
  t.throws(() => Object.assign(first.meta, { b: 1 }), TypeError);
});

t.test('a key that is too long or not printable is replaced by its hash', (t) => {
  const { stamp } = node().open().output;
  const keyOf = (key: string): string => stamp({ ...picture(), key } satisfies Capture).key;
  const hashed = (key: string): string => createHash('sha256').update(key).digest('base64url');

  for (const key of ['k', '!~', 'x'.repeat(MAX_KEY)]) t.equal(keyOf(key), key);
  for (const key of ['', 'a b', 'ä', 'a\n', 'x'.repeat(MAX_KEY + 1)]) t.equal(keyOf(key), hashed(key));
  t.end();
});

t.test('frames and bytes are counted, and cameras of the node itself in its tally', async (t) => {
  const { output, open, clock } = node();
  const source = open();
  source.activate();

  await source.send(undefined, 'four');
  await clock.advance(100);
  await source.send('door', 'sixsix');

  t.same(output.sent, { frames: 2, bytes: 10 });
  t.equal(output.rate(), 10);
  t.same(output.cameras(), ['cam', 'door']);
  t.equal(output.tally.get('door')?.size, 6);

  const passed = node('small');
  const passing = passed.open();
  passing.connect(inputOf('from', output));
  passing.activate();
  await passing.send('door');
  await passing.send('elsewhere');

  t.same(passed.output.sent.frames, 2);
  t.equal(passed.output.tally.get('door'), undefined, 'the node before it counts them');
  t.same(passed.output.cameras(), ['cam', 'door']);
});

t.test('a new instance knows the cameras of the one before, unless it says itself which there are', async (t) => {
  const { output, open } = node();
  const first = open();
  first.activate();
  await first.send('door');
  t.same(output.cameras(), ['door']);
  first.close();
  t.same(output.cameras(), ['door'], 'while there is no instance');

  const second = open();
  second.activate();
  t.same(output.cameras(), ['door']);

  const third = open();
  third.output.announce('gate');
  t.same(output.cameras(), ['door'], 'it is not accepted yet');
  third.activate();
  t.same(output.cameras(), ['gate']);
  third.output.withdraw('gate');
  t.same(output.cameras(), []);
  first.activate();
  t.same(output.cameras(), ['door']);

  const last = open();
  last.connect(inputOf('from'));
  last.activate();
  t.same(output.cameras(), [], 'what an instance with an input sends comes from there');
});

t.test('cameras above the limit are not listed, until one that is goes', (t) => {
  const { output: whole, open } = node();
  const { output, activate } = open();
  activate();
  for (let index = 0; index < MAX_CAMERAS; index++) output.announce(`c${index}`);

  output.announce('late');
  output.announce('c7');
  t.equal(whole.cameras().length, MAX_CAMERAS);
  t.notOk(whole.cameras().includes('late'));

  output.withdraw('c7');
  output.announce('late');
  t.equal(whole.cameras().length, MAX_CAMERAS);
  t.ok(whole.cameras().includes('late'));
  t.end();
});

t.test('work is begun for what is wanted: by all who offer it, in the instance that runs', (t) => {
  const log: string[] = [];
  const { output, open } = node();
  const offer = (producer: ReturnType<typeof open>, name: string) =>
    producer.output.onWant((camera) => {
      log.push(`${name} +${camera}`);
      return () => void log.push(`${name} -${camera}`);
    });
  const takeLog = (): string[] => log.splice(0);
  const release = output.want('door');
  const first = open();
  offer(first, 'one');
  t.same(takeLog(), [], 'not before it is accepted');

  first.activate();
  t.same(takeLog(), ['one +door']);
  offer(first, 'two');
  t.same(takeLog(), ['two +door']);
  const all = output.want(undefined);
  t.same(takeLog(), ['one +undefined', 'two +undefined']);
  const again = output.want('door');
  t.same([takeLog(), output.wanted()], [[], ['door', '']]);

  const second = open();
  offer(second, 'next');
  second.activate();
  t.same(takeLog(), ['next +door', 'next +undefined', 'one -door', 'two -door', 'one -undefined', 'two -undefined']);
  first.activate();
  t.same(takeLog().sort(), [
    'next -door',
    'next -undefined',
    'one +door',
    'one +undefined',
    'two +door',
    'two +undefined',
  ]);
  second.close();
  t.same(takeLog(), []);

  release();
  t.same(takeLog(), []);
  again();
  t.same(takeLog(), ['one -door', 'two -door']);
  first.close();
  t.same(takeLog(), ['one -undefined', 'two -undefined']);
  all();
  t.same([takeLog(), output.onDemand], [[], false]);
  t.end();
});

t.test('an instance that offers to work on demand after it has taken effect learns what is wanted', (t) => {
  const { output, open } = node();
  const wanted: unknown[] = [];
  output.want('door');
  const instance = open();
  instance.activate();

  instance.output.onWant((camera) => {
    wanted.push(camera);
    return nothing;
  });

  t.same([wanted, output.onDemand], [['door'], true]);
  t.end();
});

t.test('a node with an input passes wants on, until it works for them itself', (t) => {
  const before = node('cam');
  const source = before.open();
  source.activate();
  const { output, open } = node('small');
  const passing = open();
  output.want('door');
  passing.activate();
  t.equal(output.onDemand, false);

  passing.connect(inputOf('from', before.output));
  t.same([output.onDemand, before.output.wanted()], [true, ['door']]);
  const other = node('other');
  other.open().activate();
  passing.connect(inputOf('more', other.output));
  t.same(other.output.wanted(), ['door'], 'what is wanted already is wanted of a further input too');
  const release = output.want('gate');
  t.same(
    [before.output.wanted(), other.output.wanted()],
    [
      ['door', 'gate'],
      ['door', 'gate'],
    ],
  );
  release();
  t.same(before.output.wanted(), ['door']);
  passing.close();
  t.same(before.output.wanted(), []);

  const worker = open();
  const wanted: unknown[] = [];
  worker.output.onWant((camera) => {
    wanted.push(camera);
    return nothing;
  });
  worker.connect(inputOf('from', before.output));
  worker.activate();
  t.same([wanted, before.output.wanted()], [['door'], []]);
  t.end();
});

t.test('after a reload an input is notified of cameras that can no longer arrive', (t) => {
  const [one, two] = [node('one'), node('two')];
  for (const { open } of [one, two]) open().activate();
  const sources = [one, two].map(({ open }, index) => {
    const source = open();
    source.output.announce(['door', 'gate'][index] ?? '');
    source.activate();
    return source;
  });
  const { output, open } = node('latest');
  const instance = open();
  const input = inputOf('from', one.output, two.output);
  const left: string[][] = [];
  input.input.onLeft((cameras) => void left.push([...cameras]));
  instance.connect(input);
  instance.activate();

  output.noteCameras();
  output.releaseCameras();
  t.same(left, []);
  output.noteCameras();
  input.retarget([two.output]);
  output.releaseCameras();
  t.same(left, [['door']]);
  output.releaseCameras();
  t.same(left, [['door']], 'notified once');

  sources[1]?.output.withdraw('gate');
  output.noteCameras();
  output.releaseCameras();
  t.same(left, [['door'], ['gate']], 'what was noted before stays noted');

  const heir = node('heir').output;
  heir.inheritCameras(output);
  t.same([...heir.notedCameras], [...output.notedCameras]);
  t.end();
});

t.test('a listener for the end of a node is called once, and not after its release', (t) => {
  const { output } = node();
  const events: string[] = [];
  output.onEnd(() => events.push('one'));
  const release = output.onEnd(() => events.push('two'));

  release();
  output.end();

  t.same(events, ['one']);
  t.end();
});

t.test('a request goes to the instance that runs', async (t) => {
  const { output, open } = node();
  const signal = AbortSignal.timeout(20_000);
  const ask = () => output.ask('command', 'door', { name: 'focus' }, signal);
  await t.rejects(ask(), {
    code: 'no-answer',
    message: 'No node answers a command of the camera door: its source does not support it, or is not running.',
  });

  const first = open();
  first.output.answer('command', async () => ({ from: 'first' }));
  first.activate();
  t.equal(output.answers('command', 'door'), false, 'it has no such camera');
  await t.rejects(ask(), { code: 'no-answer' });
  first.output.announce('door');
  t.equal(output.answers('command', 'door'), true);
  t.equal(output.answers('capture', 'door'), false);
  t.same(await ask(), { from: 'first' });

  const second = open();
  second.output.answer(
    'command',
    async () => ({ from: 'second' }),
    (camera) => camera === 'door',
  );
  second.activate();
  t.same(await ask(), { from: 'second' });
  t.equal(output.answersItself('command', 'gate'), false);
  second.close();
  t.same(await ask(), { from: 'first' }, 'the one before is there still');
  first.close();
  t.equal(output.answers('command', 'door'), false);
});
