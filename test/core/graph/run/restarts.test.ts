// How soon a failed node is started again, in which order a reload stops what it has replaced, and what it goes back to.

import t from 'tap';
import type { Node, Registry } from '../../../../core/contract/plugin.ts';
import { environment, misuse } from '../../../../core/contract/problems.ts';
import { createListeners } from '../../../../core/graph/run/listeners.ts';
import { graph, type Part } from '../../../support/graph.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';
import { until } from '../../../support/until.ts';

/** As docs/design.md has it: the first wait, the longest one, and the time after which a node counts as stable. */
const [FIRST_MS, MOST_MS, STABLE_MS] = [200, 30_000, 30_000];

const stateOf = (made: ReturnType<typeof graph>, id: string) =>
  made.runner.status().find((node) => node.id === id)?.state;

/** A node that starts any number of times, and fails when the test requests it. */
function mortal(
  options: Part['options'] = {},
): Part & { readonly lives: Node<Record<string, unknown>>[]; crash(): void } {
  const lives: Node<Record<string, unknown>>[] = [];
  return {
    options,
    lives,
    start(node) {
      lives.push(node);
      const registry: Registry = {
        lookup: async () => undefined,
        list: async () => [],
        verify: async () => 'unknown',
        watch: () => () => {},
      };
      return { registry };
    },
    crash: () => lives.at(-1)?.fail(environment('away', 'the device is away')),
  };
}

/** The jitter takes off up to three tenths. */
const isAbout = (wait: number, most: number): boolean => wait <= most && wait >= 0.7 * most;

t.test('the wait before a restart grows for a node that fails early, and is short after a stable run', async (t) => {
  const time = manualClock();
  const made = graph(createListeners(), time.clock);
  t.teardown(() => made.runner.stop());
  const node = mortal();
  await made.runner.boot(made.plan({ node }));
  /** Runs it for this long, fails it, and returns the wait until it runs again. */
  const failAfter = async (ms: number): Promise<number> => {
    await time.advance(ms);
    node.crash();
    await settle();
    const state = stateOf(made, 'node');
    const wait = state?.is === 'failed' && state.retryAt !== undefined ? state.retryAt - time.clock.now() : Number.NaN;
    const lives = node.lives.length;
    await time.advance(wait - 2);
    t.equal(node.lives.length, lives, 'not before');
    await time.advance(3);
    t.equal(stateOf(made, 'node')?.is, 'running');
    return wait;
  };

  const growing: number[] = [];
  for (const ms of [0, 0, 0, 0, STABLE_MS - 2]) growing.push(await failAfter(ms));
  // A millisecond more: sums of jittered waits are rounded.
  const stable = await failAfter(STABLE_MS + 1);
  const after = await failAfter(0);

  t.ok(
    growing.every((wait, index) => isAbout(wait, FIRST_MS * 2 ** index)),
    `${growing}`,
  );
  t.ok(isAbout(stable, FIRST_MS), `${stable}`);
  t.ok(isAbout(after, 2 * FIRST_MS), `${after}`);
  t.equal(node.lives.length, 8);
  t.equal(made.runner.status()[0]?.restarts, 7);
});

t.test('the wait of a node that never starts grows to at most half a minute', async (t) => {
  const time = manualClock();
  const made = graph(createListeners(), time.clock);
  t.teardown(() => made.runner.stop());
  const starts: number[] = [];
  const node: Part = {
    start() {
      starts.push(time.clock.monotonic());
      throw environment('away', 'the device is away');
    },
  };
  await made.runner.boot(made.plan({ node }));

  await time.advance(10 * MOST_MS);

  const waits = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
  t.ok(waits.length > 10);
  t.ok(
    waits.every((wait, index) => isAbout(wait, Math.min(MOST_MS, FIRST_MS * 2 ** index))),
    `${waits}`,
  );
});

t.test('a node that fails because of the profile waits for the next reload', async (t) => {
  const time = manualClock();
  const made = graph(createListeners(), time.clock);
  t.teardown(() => made.runner.stop());
  const wrong = misuse('no-folder', 'there is no such folder');
  let starts = 0;
  const lives: Node<Record<string, unknown>>[] = [];
  const atOnce: Part = {
    start() {
      starts++;
      throw wrong;
    },
  };
  await made.runner.boot(made.plan({ atOnce, later: { start: (node) => void lives.push(node) } }));
  lives[0]?.fail(wrong);
  await time.advance(10 * MOST_MS);

  t.same([starts, lives.length], [1, 1]);
  for (const id of ['atOnce', 'later']) {
    const state = stateOf(made, id);
    t.match(state, { is: 'failed', why: 'there is no such folder' });
    t.notOk(state && 'retryAt' in state, 'no next try is scheduled');
  }
});

t.test('replaced nodes are stopped once all new ones run, consumers before producers', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const order: string[] = [];
  const part = (id: string, changed: boolean, from: readonly string[]): Part => ({
    options: { changed },
    refs: { from },
    start(node) {
      order.push(`${id} starts`);
      node.defer(() => void order.push(`${id} stops`));
    },
  });
  const chain = (changed: boolean) => ({
    a: part('a', changed, []),
    b: part('b', changed, ['a']),
    c: part('c', changed, ['b']),
  });
  await made.runner.boot(made.plan(chain(false)));
  order.length = 0;

  await made.runner.apply(made.plan(chain(true)));

  t.same(order, ['a starts', 'b starts', 'c starts', 'c stops', 'b stops', 'a stops']);
});

for (const where of ['starts', 'is attached']) {
  for (const crashes of [false, true]) {
    const which = crashes
      ? 'one that has failed meanwhile, which is started anew'
      : 'one that runs, which is left alone';
    t.test(`a reload refused when a node ${where} goes back to ${which}`, async (t) => {
      const made = graph();
      t.teardown(() => made.runner.stop());
      const node = mortal();
      const successor = mortal({ changed: true });
      const refuse = (): never => {
        if (crashes) node.crash();
        throw new Error('it cannot start');
      };
      const bad: Part = {
        refs: { on: ['node'] },
        start(context) {
          if (where === 'starts') refuse();
          context.ref('on', 'registry').bind(refuse);
        },
      };
      await made.runner.boot(made.plan({ node }));

      await t.rejects(made.runner.apply(made.plan({ node: successor, bad })), /cannot start/);
      await until(() => node.lives.length === (crashes ? 2 : 1), 'the predecessor');
      await until(() => stateOf(made, 'node')?.is === 'running', 'it to run');

      t.equal(successor.lives.length, 1);
      t.ok(successor.lives[0]?.signal.aborted, 'the successor is stopped');
      t.equal(node.lives[0]?.signal.aborted, crashes, 'the failed instance is stopped');
      t.notOk(node.lives.at(-1)?.signal.aborted);
      t.equal(made.runner.provided('node')?.registry !== undefined, true);
      t.same(
        made.runner.status().map(({ id }) => id),
        ['node'],
      );
    });
  }
}

for (const where of ['commits', 'commits after it'] as const) {
  t.test(
    `a node that cannot be put back when another one ${where} fails alone, and the rest is as it was`,
    async (t) => {
      const made = graph();
      t.teardown(() => made.runner.stop());
      const attached: string[] = [];
      const lives: Node<Record<string, unknown>>[] = [];
      const stubborn: Part = {
        start(node) {
          lives.push(node);
          let turns = 0;
          node.whileActive(() => {
            if (lives.length === 1 && ++turns > 1) throw new Error('it does not come back');
            return () => {};
          });
        },
      };
      const steady = (name: string, options: Part['options'] = {}): Part => ({
        options,
        start: (node) =>
          node.whileActive(() => {
            attached.push(name);
            return () => void attached.splice(attached.indexOf(name), 1);
          }),
      });
      const refuse: Part['start'] = (node) =>
        node.whileActive(() => {
          throw new Error('it cannot take effect');
        });
      const successor = where === 'commits' ? refuse : mortal().start;
      await made.runner.boot(made.plan({ before: steady('before'), stubborn, after: steady('after') }));

      const wanted = {
        before: steady('changed', { changed: true }),
        stubborn: { options: { changed: true }, start: successor },
        after: { options: { changed: true }, start: refuse },
      };
      await t.rejects(made.runner.apply(made.plan(wanted)), /cannot take effect/);
      await until(() => lives.length === 2 && stateOf(made, 'stubborn')?.is === 'running', 'it to be started again');

      t.ok(lives[0]?.signal.aborted, 'the one that did not come back is stopped');
      t.same(attached.sort(), ['after', 'before']);
      await made.runner.apply(made.plan({ before: steady('changed', { changed: true }) }));
      t.same(attached, ['changed'], 'the next reload works');
    },
  );
}
