// Reloads that are overtaken or cut short, and nodes that take too long to start.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { START_MS } from '../../../../core/graph/run/instance.ts';
import { createListeners } from '../../../../core/graph/run/listeners.ts';
import { SUPERSEDED_MS } from '../../../../core/graph/run/runner.ts';
import { graph, type Part } from '../../../support/graph.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const hanging = (version = 0): Part => ({ options: { version }, start: () => new Promise<void>(() => {}) });
const good = (version = 0): Part => ({ options: { version }, start() {} });

/** A graph with a stopped clock. */
function standing() {
  const time = manualClock();
  const made = graph(createListeners(), time.clock);
  t.teardown(() => made.runner.stop());
  const states = (): Record<string, string> =>
    Object.fromEntries(made.runner.status().map(({ id, state }) => [id, state.is]));
  return { ...made, time, states };
}

/** How a reload ended, once it has. */
function outcome(reload: Promise<unknown>): { code?: string; message?: string; ended: boolean } {
  const result: { code?: string; message?: string; ended: boolean } = { ended: false };
  reload.then(
    () => void Object.assign(result, { ended: true }),
    ({ code, message }) => void Object.assign(result, { code, message, ended: true }),
  );
  return result;
}

t.test('a reload that blocks a newer one is cancelled at its time limit, counted from its start', async (t) => {
  const { runner, plan, time, states, lines } = standing();
  await runner.boot(plan({ a: good() }));
  const result = outcome(runner.apply(plan({ a: good(), slow: hanging() })));
  await time.advance(500);

  runner.supersede();
  await time.advance(SUPERSEDED_MS - 501);
  t.equal(result.ended, false);
  t.same(states(), { a: 'running', slow: 'starting' });
  await time.advance(1);

  t.same(result, {
    code: 'superseded',
    message: 'a newer reload came while new nodes of this one were still starting',
    ended: true,
  });
  t.same(states(), { a: 'running' });
  t.match(
    lines.filter(({ node, level }) => node === 'slow' && level === 'warn'),
    [
      {
        msg: 'node cannot start with the new profile',
        why: 'a newer reload came while new nodes of this one were still starting',
      },
    ],
  );
});

t.test('a reload past its time limit is cancelled as soon as a newer one arrives', async (t) => {
  for (const beyond of [0, 1]) {
    const { runner, plan, time } = standing();
    await runner.boot(plan({ a: good() }));
    const result = outcome(runner.apply(plan({ a: good(), slow: hanging() })));
    await time.advance(SUPERSEDED_MS + beyond);
    t.equal(result.ended, false, 'alone it waits');

    const asleep = time.sleepers();
    runner.supersede();
    t.equal(time.sleepers(), asleep, 'no timer is added');
    await settle();

    t.equal(result.code, 'superseded');
  }
});

t.test('a reload can use its full time limit', async (t) => {
  const { runner, plan, time } = standing();
  await runner.boot(plan({ a: good() }));
  const result = outcome(runner.apply(plan({ a: good(), slow: hanging() })));
  await time.advance(SUPERSEDED_MS - 1);

  runner.supersede();
  await settle();
  t.equal(result.ended, false);
  await time.advance(1);

  t.equal(result.code, 'superseded');
});

t.test('a newer reload does not affect a reload that is not waiting, nor the next one', async (t) => {
  const { runner, plan, time, states } = standing();
  let gate = (): void => {};
  const slow: Part = { start: () => new Promise<void>((resolve) => (gate = resolve)) };
  await runner.boot(plan({ a: good() }));

  runner.supersede();
  t.equal(time.sleepers(), 0);
  const first = runner.apply(plan({ a: good(), slow }));
  await time.advance(1);
  runner.supersede();
  gate();
  await first;
  t.same(states(), { a: 'running', slow: 'running' });
  const asleep = time.sleepers();
  runner.supersede();
  t.equal(time.sleepers(), asleep, 'the first one has ended');
  const second = outcome(runner.apply(plan({ a: good(), slow, other: hanging() })));
  await time.advance(SUPERSEDED_MS);
  t.equal(second.ended, false);
  runner.cancelStarts();
  await settle();
  t.equal(second.ended, true);
});

t.test('a newer reload does not supersede a refused one', async (t) => {
  const { runner, plan, time } = standing();
  const broken: Part = {
    start() {
      throw environment('away', 'the device is away');
    },
  };
  await runner.boot(plan({ a: good() }));
  await t.rejects(runner.apply(plan({ a: good(), broken })), { code: 'away' });

  runner.supersede();

  t.equal(time.sleepers(), 0);
});

t.test('a reload ends with the daemon, takes no effect, and fails no node', async (t) => {
  const { runner, plan, lines, states } = standing();
  const made: Node<Record<string, unknown>>[] = [];
  const slow: Part = {
    start(node) {
      made.push(node);
      return new Promise<void>(() => {});
    },
  };
  let dependents = 0;
  const behind: Part = { refs: { on: ['slow'] }, start: () => void dependents++ };
  await runner.boot(plan({ a: good() }));
  const result = outcome(runner.apply(plan({ a: good(1), slow, behind })));
  await settle();

  runner.cancelStarts();
  await settle();

  t.same(result, { code: 'stopping', message: 'slow is being stopped', ended: true });
  t.same(
    made.map(({ signal }) => signal.aborted),
    [true],
  );
  t.equal(dependents, 0);
  t.same(states(), { a: 'running' });
  t.same(
    lines.filter(({ msg }) => msg === 'node cannot start with the new profile'),
    [],
  );
  await t.rejects(runner.apply(plan({ a: good(2) })), { code: 'stopping', message: 'camd is stopping' });
  await t.rejects(runner.apply(plan({})), { code: 'stopping', message: 'camd is stopping' });
});

t.test('a node that has not started in time has failed and is tried again', async (t) => {
  const { runner, plan, time, states } = standing();
  let starts = 0;
  const slow: Part = {
    start() {
      starts++;
      return starts === 1 ? new Promise<void>(() => {}) : undefined;
    },
  };
  const boot = runner.boot(plan({ slow }));
  await time.advance(START_MS - 1);
  t.same(states(), { slow: 'starting' });
  await time.advance(1);

  t.match(runner.status()[0], {
    state: { is: 'failed', why: `slow did not start within ${START_MS / 1000} s` },
    restarts: 0,
  });
  await time.advance(1000);
  t.same(states(), { slow: 'running' });
  t.equal(time.sleepers(), 0, 'no timer of a start is left');
  await boot;
});

t.test('many nodes that start at the same time cause no warning about leaked listeners', async (t) => {
  const { runner, plan, states } = standing();
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  t.teardown(() => void process.off('warning', onWarning));
  const boot = runner.boot(plan(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`n${n}`, hanging()]))));
  await settle();
  t.equal(Object.keys(states()).length, 20);

  runner.cancelStarts();
  await boot;

  t.same(warnings, []);
});

t.test('a node that waits for its next try is not tried again once camd is ending', async (t) => {
  const { runner, plan, time } = standing();
  let starts = 0;
  const failing: Part = {
    start() {
      starts++;
      throw environment('away', 'the device is away');
    },
  };
  await runner.boot(plan({ failing }));

  runner.cancelStarts();
  await time.advance(100_000);

  t.equal(starts, 1);
  t.equal(runner.status()[0]?.restarts, 0);
});
