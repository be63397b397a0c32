// The kernel as used by nodes: combines the daemon, the runner and the profile.

import type { LogControl } from '../base/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Observation } from '../contract/examine.ts';
import type { Frame } from '../contract/frame.ts';
import type { Kernel, KernelNode, ReloadEvent, TapOptions } from '../contract/kernel.ts';
import type { Release } from '../contract/ports.ts';
import { environment, type Place } from '../contract/problems.ts';
import { openScope } from '../contract/scope.ts';
import type { NodeOutput } from '../graph/flow/output.ts';
import { createSubscription } from '../graph/flow/subscription.ts';
import type { Runner } from '../graph/run/runner.ts';
import { examineNodes } from '../profile/check/examine.ts';
import type { Profile, Reading } from '../profile/profile.ts';
import type { KernelEditing } from './editing.ts';

export interface KernelOptions {
  running(): { readonly profile: Profile; readonly catalog: Catalog } | undefined;
  runner(): Runner | undefined;
  preview(texts: ReadonlyMap<string, string>, inspect?: AbortSignal): Promise<Reading>;
  readonly editing: KernelEditing;
  readonly log: LogControl;
  /** Runs the restart when no reload is in progress. */
  restart(id: string): Promise<void>;
  onReload(listener: (event: ReloadEvent) => void): Release;
}

export function createKernel(options: KernelOptions): Kernel {
  const { log } = options;
  const running = () => {
    const now = options.running();
    if (!now) throw environment('not-running', 'no profile runs yet');
    return now;
  };
  const outputOf = (id: string): NodeOutput => {
    const output = options.runner()?.output(id);
    if (!output) throw environment('no-node', `there is no node "${id}"`);
    return output;
  };

  return {
    ...options.editing,
    get profile() {
      return running().profile.file;
    },
    nodes: () => [...running().profile.nodes.values()].map((spec) => nodeOf(spec, options.runner()?.output(spec.id))),
    uses: () => running().catalog.entries.map(({ use }) => use),
    schema: (use) => running().catalog.schema(use),
    profileSchema: () => running().catalog.base.schema(),
    log: log.recent.of,
    onLog: log.recent.listen,
    restart: options.restart,
    async capture(id, camera, signal) {
      const output = outputOf(id);
      if (!output.answers('capture', camera)) return nextFrame(output, camera, signal);
      const { scope, end } = openScope(signal);
      try {
        return await output.ask('capture', camera, scope, signal);
      } finally {
        await end();
      }
    },
    tap(id, how) {
      const provides = running().profile.nodes.get(id)?.provides ?? [];
      const output = options.runner()?.output(id);
      return output && provides.includes('frames') ? tap(output, how) : undefined;
    },
    onReload: options.onReload,
    async examine(signal) {
      const { problems, profile, catalog } = await options.preview(new Map(), signal);
      const found: (Observation & { node: string; place?: Place })[] = problems.map(
        ({ severity, code, message, place, fix }) => ({
          node: 'profile',
          is: severity === 'error' || code === 'not-here' ? 'wrong' : 'warning',
          code,
          message,
          place,
          ...(fix === undefined ? {} : { fix }),
        }),
      );
      if (!profile) return found;
      const observations = await examineNodes(profile, catalog, { signal });
      const own = found.filter(
        ({ message }) => !observations.some((observation) => message.includes(observation.message)),
      );
      return [...own, ...observations.map(({ node, ...observation }) => ({ ...observation, node: node.id }))];
    },
    claims: () =>
      [...running().profile.nodes.values()].flatMap(({ id, claims }) =>
        claims.map(({ kind, name }) => ({ node: id, kind, name })),
      ),
  };
}

function nodeOf(
  spec: Profile['nodes'] extends ReadonlyMap<string, infer Spec> ? Spec : never,
  output: NodeOutput | undefined,
): KernelNode {
  const { id, use, provides, references, place } = spec;
  const cameras = output?.cameras() ?? [];
  return {
    id,
    use,
    provides,
    references: references.map(({ option, to, delivery }) => ({ option, to, frames: delivery !== undefined })),
    place,
    cameras,
    captures: cameras.filter((camera) => output?.answers('capture', camera)),
  };
}

function tap(output: NodeOutput, { frame: handle, end }: TapOptions): Release {
  let skipped = 0;
  const subscription = createSubscription({
    delivery: 'live',
    handler(frame) {
      const passed = skipped;
      skipped = 0;
      return handle(frame, passed);
    },
    onSkip: () => void skipped++,
    onFull: () => {},
    onFail: end,
  });
  const unwatch = output.onEnd(end);
  output.add(subscription);
  const unwant = output.want(undefined);
  return () => {
    unwatch();
    output.remove(subscription);
    subscription.close();
    unwant();
  };
}

/** For a camera that sends by itself. */
function nextFrame(output: NodeOutput, camera: string, signal: AbortSignal): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      signal.removeEventListener('abort', late);
      release();
    };
    const late = (): void => {
      done();
      reject(environment('no-picture', `no picture of ${camera} came in time`));
    };
    const release = tap(output, {
      frame(frame) {
        if (frame.camera !== camera) return;
        done();
        resolve(frame);
      },
      end: late,
    });
    signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) late();
  });
}
