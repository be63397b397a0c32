// Cases for every node: start, stop during the start, removal and return in a reload, and no open resources afterwards.

import assert from 'node:assert/strict';
import type { Ending } from '../ending.ts';
import { held } from '../held.ts';
import { type Running, type RunOptions, run, start } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

/** A profile with the node under test. */
export interface Setup extends RunOptions {
  readonly yaml: string;
  /** The node under test. */
  readonly id: string;
  /** The same profile without that node and its consumers. Without it, the case that removes and returns the node is left out. */
  readonly without?: string;
  /** The same profile while the node's device, server or folder is missing; the node runs on, degraded. */
  readonly missing?: string;
}

/** The reason of a state; it may end with the output of a program. */
const SENTENCE = /^\S.*(\.|said: .+)$/s;

export function nodeCases<T extends Ending>(make: (t: T) => Setup | Promise<Setup>): readonly Case<T>[] {
  const up = (running: Running, id: string): Promise<unknown> =>
    until(() => ['running', 'degraded'].includes(running.status(id).state.is), `${id} to run`);
  return [
    {
      title: 'it starts without a restart, stops, and has no open socket, watcher or child process afterwards',
      async run(t) {
        const { yaml, id, ...options } = await make(t);
        const before = held();
        const running = await run(t, yaml, options);
        await up(running, id);
        assert.equal(running.status(id).restarts, 0);

        await running.stop();

        await until(() => held() <= before, `${id} to release what it holds`);
        assert.equal(running.status(id).state.is, 'stopped');
      },
    },
    {
      title: 'it can be stopped during its start',
      async run(t) {
        const { yaml, id, ...options } = await make(t);
        const before = held();
        const { running, started } = start(t, yaml, options);

        await Promise.all([started, running.stop()]);

        await until(() => held() <= before, `${id} to release what it holds`);
      },
    },
    {
      title: 'a reload removes it, and another one brings it back',
      async run(t) {
        const { yaml, id, without, ...options } = await make(t);
        if (without === undefined) return;
        const running = await run(t, yaml, options);
        await up(running, id);

        const removed = await running.reload(without);
        const gone = running.daemon.view.nodes().every((node) => node.id !== id);
        const returned = await running.reload(yaml);

        assert.ok(removed.ok && gone, `${id} is removed`);
        assert.ok(returned.ok, `${id} returns`);
        await up(running, id);
      },
    },
    {
      title: 'while its device, server or folder is missing, it is degraded and does not fail',
      async run(t) {
        const { id, missing, ...options } = await make(t);
        if (missing === undefined) return;
        const running = await run(t, missing, options);

        await running.state(id, 'degraded');

        assert.equal(running.status(id).restarts, 0);
        const { state } = running.status(id);
        const why = 'why' in state ? state.why : '';
        assert.match(why, SENTENCE);
      },
    },
  ];
}
