// Requests of consumers reach the nodes that work on demand, whatever the number of other nodes.

import t from 'tap';
import { systemClock } from '../../../../core/base/clock.ts';
import { createDemand, createWants, type DemandTarget } from '../../../../core/graph/flow/demand.ts';
import { createFlow } from '../../../../core/graph/flow/flow.ts';
import { createInput } from '../../../../core/graph/flow/input.ts';
import { createNodeOutput, type NodeOutput } from '../../../../core/graph/flow/output.ts';

function inputOf(...outputs: NodeOutput[]) {
  const nothing = (): void => {};
  return createInput({
    option: 'from',
    outputs,
    consumer: 'viewer',
    onFrame: nothing,
    onSkip: nothing,
    onFull: nothing,
    onRefuse: nothing,
    onAccept: nothing,
    onFail: nothing,
  });
}

/** A node, and an instance of it that works on demand: `working` are the cameras that it works for. */
function source(id = 'cam') {
  const output = createNodeOutput(id, createFlow(systemClock));
  const working: string[] = [];
  const instance = () => {
    const producer = output.open();
    producer.output.onWant((camera = 'all') => {
      working.push(camera);
      return () => void working.splice(working.indexOf(camera), 1);
    });
    return producer;
  };
  return { output, working, instance };
}

t.test('a source works while at least one consumer requests its camera', async (t) => {
  const { output, working, instance } = source();
  instance().activate();
  const [one, two] = [inputOf(output), inputOf(output)];

  const release = one.want('cam');
  const again = one.want('cam');
  const other = two.want('cam');
  t.same(working, ['cam'], 'started once');

  release();
  release();
  again();
  t.same(working, ['cam'], 'the other consumer still requests it');
  other();
  t.same(working, []);
});

t.test('a source that begins to work on demand receives earlier requests', async (t) => {
  const { output, working, instance } = source();
  const always = output.open();
  always.activate();
  const input = inputOf(output);
  const release = input.want('cam');
  input.want('door');

  const next = instance();
  next.activate();
  always.close();
  t.same(working, ['cam', 'door']);

  const third = input.want(undefined);
  release();
  t.same(working, ['door', 'all'], 'and later changes');
  third();
  next.close();
  t.same(working, [], 'nothing is left when it ends');
});

t.test('requests move with an input that gets other nodes, and end when it closes', async (t) => {
  const [before, after] = [source('before'), source('after')];
  before.instance().activate();
  after.instance().activate();
  const input = inputOf(before.output);
  const release = input.want('cam');

  input.retarget([after.output]);
  t.same([before.working, after.working], [[], ['cam']]);

  input.close();
  t.same(after.working, []);
  release();
  t.same(after.output.wanted(), []);
});

t.test('requests made after an input has moved go to its new nodes', async (t) => {
  const [before, after] = [source('before'), source('after')];
  before.instance().activate();
  after.instance().activate();
  const input = inputOf(before.output);
  for (const camera of ['cam', 'door']) input.want(camera);

  input.retarget([after.output]);
  const release = input.want('gate');
  t.same([before.working, after.working], [[], ['cam', 'door', 'gate']]);
  release();

  t.same(after.working, ['cam', 'door']);
});

t.test('a source that begins to work on demand without pending requests receives each camera', async (t) => {
  const { output, working, instance } = source();
  const always = output.open();
  always.activate();
  const input = inputOf(output);
  for (const release of [input.want('cam'), input.want('door')]) release();

  instance().activate();
  input.want('cam');
  input.want('door');

  t.same(working, ['cam', 'door']);
});

t.test('a request for one camera among many sources notifies only the sources that work on demand', async (t) => {
  const always = Array.from({ length: 100 }, (_, n) => {
    const output = createNodeOutput(`c${n}`, createFlow(systemClock));
    output.open().activate();
    return output;
  });
  let events = 0;
  const watched = always.map(
    (output): NodeOutput => ({
      ...output,
      began: (camera) => {
        events++;
        output.began(camera);
      },
    }),
  );
  const { output, working, instance } = source();
  instance().activate();
  const input = inputOf(...watched, output);

  input.want('c1');
  for (let n = 2; n < 50; n++) input.want(`c${n}`);
  input.want('cam');

  t.equal(events, 0, 'sources that always send are not notified');
  t.equal(working.length, 50);
  t.same(output.wanted().length, 50);
});

t.test('a request released twice counts once, and requests from before a clear do not count', (t) => {
  const events: string[] = [];
  const { wants, want, size, clear } = createWants({
    began: (camera) => events.push(`+${camera}`),
    ended: (camera) => events.push(`-${camera}`),
  });

  const [one, two] = [want('door'), want('door')];
  one();
  one();
  t.same([events, wants.has('door'), size()], [['+door'], true, 1]);
  two();
  two();
  t.same([events.splice(0), wants.has('door'), size()], [['+door', '-door'], false, 0]);

  const before = want('gate');
  clear();
  const after = want('gate');
  t.same([...wants.cameras()], ['gate']);
  before();
  t.same([events.splice(0), wants.has('gate')], [['+gate', '+gate'], true]);
  after();
  t.same(events, ['-gate']);
  wants.onDemandChanged();
  t.end();
});

t.test('the newest instance is started, and every instance is stopped when no consumer requests the camera', (t) => {
  const log: string[] = [];
  const target = (name: string, onDemand = true): DemandTarget => ({
    onDemand,
    start: (camera) => log.push(`${name} +${camera}`),
    stop: (camera) => log.push(`${name} -${camera}`),
  });
  const targets = [target('always', false)];
  const demand = createDemand(() => targets);
  const takeLog = (): string[] => log.splice(0);
  let changes = 0;
  const consumer = createWants({ began: demand.began, ended: demand.ended, onDemandChanged: () => changes++ });
  demand.follow(consumer.wants);
  demand.targetsChanged();
  const early = consumer.want('early');
  t.same([demand.onDemand, takeLog(), changes], [false, [], 0]);

  targets.push(target('one'), target('two'));
  demand.targetsChanged();
  demand.targetsChanged();
  t.same([demand.onDemand, changes], [true, 1], 'notified once');
  const release = demand.want('door');
  const other = consumer.want('door');
  t.same(takeLog(), ['two +door', 'two +door']);
  t.same([...demand.wanted()].sort(), ['door', 'early']);
  release();
  t.same(takeLog(), [], 'the consumer still requests it');
  other();
  t.same(takeLog(), ['always -door', 'one -door', 'two -door']);

  const late = createWants({ began: demand.began, ended: demand.ended });
  late.want('gate');
  takeLog();
  demand.follow(late.wants);
  t.same(takeLog(), ['two +gate']);
  demand.unfollow(late.wants);
  demand.unfollow(late.wants);
  t.same(takeLog(), ['always -gate', 'one -gate', 'two -gate']);
  targets.splice(1);
  demand.targetsChanged();
  early();
  t.same([demand.onDemand, takeLog(), changes], [false, [], 2]);
  t.end();
});
