// An upload node that sends the newest picture of each camera at an interval.

import { createHash } from 'node:crypto';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Node } from '../../../core/contract/plugin.ts';
import { type ConditionOptions, createCondition } from '../printer/condition.ts';
import { createCameraUploader } from './camera-uploader.ts';
import { createCameraUploaders, DISCOVER_MS, type UploaderStates } from './camera-uploaders.ts';
import { createNewest, type Newest } from './newest.ts';
import type { Outcome } from './outcome.ts';
import type { PolicyRules } from './policy.ts';
import type { PreflightRules } from './preflight.ts';

export interface IntervalOptions {
  readonly rules: PolicyRules;
  readonly preflight: PreflightRules;
  /** Only this camera. */
  readonly camera: string | undefined;
  /** One camera only: the first one that appears, when `camera` names none. */
  readonly single: boolean;
  /** A change of the credentials resets the back-off. Only their digest is kept. */
  readonly credentials: readonly string[];
  /** True when the option `smaller` names a node. */
  readonly smaller: boolean;
  send(frame: Frame, signal: AbortSignal): Promise<Outcome>;
  accepted?(frame: Frame, signal: AbortSignal): Promise<void>;
}

/** Runs until the node ends. */
export async function uploadAtInterval<Options extends ConditionOptions>(
  node: Node<Options>,
  options: IntervalOptions,
): Promise<void> {
  const { clock, log, metrics } = node;
  const { rules } = options;
  let small: Newest | undefined;
  let chosen = options.camera;

  const states = await node.durable<UploaderStates>('uploaders', {
    same: [rules.server, digestOf(options.credentials)],
    create: () => new Map(),
    dispose: (map) => map.clear(),
  });
  const condition = createCondition(node);
  const uploaders = createCameraUploaders({
    create: (camera, state) =>
      createCameraUploader({
        camera,
        clock,
        log,
        rules,
        preflight: options.preflight,
        newest,
        condition,
        // Subscribed to only when it is needed: making every picture smaller is expensive.
        smaller: options.smaller ? () => (small ??= createNewest(node.input('smaller'), clock, () => {})) : undefined,
        send: options.send,
        accepted: options.accepted ?? (async () => {}),
        report: (trouble) => uploaders.report(camera, trouble),
        count: metrics.count,
        state,
      }),
    run: (uploader, end) =>
      node.task((signal) =>
        uploader.run(AbortSignal.any([signal, end])).catch((cause: unknown) => {
          if (!end.aborted) throw cause;
        }),
      ),
    degraded: node.degraded,
    healthy: node.healthy,
    states,
  });

  const see = (camera: string): void => {
    if (options.single) chosen ??= camera;
    if (chosen === undefined || camera === chosen) uploaders.add(camera);
    else if (options.camera === undefined) {
      log.warn('several cameras, only the first is uploaded; choose one with the option "camera"', {
        camera,
        sent: chosen,
      });
    }
  };
  const input = node.input();
  const newest = createNewest(input, clock, see);
  input.onLeft((cameras) => {
    for (const camera of cameras) {
      newest.leave(camera);
      small?.leave(camera);
      uploaders.remove(camera);
      if (chosen === camera) chosen = options.camera;
    }
  });

  node.degraded(`${node.id} waits for the first picture.`);
  if (options.camera !== undefined) uploaders.add(options.camera);
  // A camera on demand sends no frame by itself; it is only announced.
  node.task(async (signal) => {
    for (;;) {
      for (const camera of newest.cameras()) if (!options.single || chosen === undefined) see(camera);
      await clock.sleep(DISCOVER_MS, signal);
    }
  });
}

const digestOf = (credentials: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(credentials)).digest('base64');
