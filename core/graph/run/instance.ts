// One run of one node: start, activation and stop. The supervisor restarts it.

import { setMaxListeners } from 'node:events';
import type { Provided } from '../../contract/plugin.ts';
import { environment } from '../../contract/problems.ts';
import type { NodeSpec } from '../../profile/profile.ts';
import { cleanUp, within } from './cleanup.ts';
import { createNodeContext } from './context.ts';
import { type GraphContext, type InstanceOptions, STOP_MS } from './graph-context.ts';
import { createGuard } from './guard.ts';

/** Time limit for the start of a node; after that the start has failed. Milliseconds. */
export const START_MS = 30_000;
/** Time limit for a stopping consumer to process the frames it has already received. Milliseconds. */
export const DRAIN_MS = 3_000;

export interface Instance {
  readonly spec: NodeSpec;
  /** Resolves with the ports; rejects when the node failed to start. */
  start(): Promise<Provided>;
  /** Puts the instance into effect: frames, wants and bindings. Throws if an `attach` of the plugin throws. */
  activate(): void;
  /** The opposite, so that a successor can replace it; `activate` undoes it. Never throws. */
  deactivate(): void;
  /** Replaces the nodes that this node refers to. */
  relink(spec: NodeSpec): void;
  /** Never rejects, and ends within its time limits. */
  stop(): Promise<void>;
}

export function createInstance(options: InstanceOptions, context: GraphContext): Instance {
  const { plugin, log } = options;
  const control = new AbortController();
  // Each request in progress in the node adds a listener.
  setMaxListeners(0, control.signal);
  const guard = createGuard({
    log,
    monotonic: context.clock.monotonic,
    onFail(cause) {
      if (!control.signal.aborted) options.onFail(cause);
    },
  });
  const made = createNodeContext(options, context, guard, control.signal);
  let provided: Provided = {};

  return {
    get spec() {
      return made.spec();
    },
    async start() {
      const bound = new AbortController();
      const started = (async () => guard.timed('start', () => plugin.start(made.node))())();
      const late = context.clock.sleep(START_MS, bound.signal).then(() => {
        throw environment('slow-start', `${options.spec.id} did not start within ${START_MS / 1000} s`);
      });
      try {
        provided = (await Promise.race([started, late])) ?? {};
      } finally {
        bound.abort();
        late.catch(() => {});
        started.catch(() => {});
      }
      return provided;
    },
    activate: made.activate,
    deactivate: made.deactivate,
    relink: made.relink,
    async stop() {
      made.detach();
      await within(DRAIN_MS, made.drain());
      control.abort(new DOMException(`${options.spec.id} is stopping`, 'AbortError'));
      made.deactivate();
      const { cleanups, tasks } = made.end();
      await cleanUp(cleanups, tasks, { ms: STOP_MS, guard, log });
      await context.durables.release(made.node);
      made.close();
    },
  };
}
