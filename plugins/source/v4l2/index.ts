// Pictures from Video4Linux2 cameras: stills, streams on demand, permanent streams, and stereo groups.

import { systemClock } from '../../../core/base/clock.ts';
import { createSingleFlight } from '../../../core/base/single-flight.ts';
import { type CaptureScope, defineNode, environment, type Frame, type Node } from '../../../core/contract/plugin.ts';
import type { SourceV4L2Options } from '../../../schemas/source/v4l2.ts';
import { captureInTime } from '../../kit/capture/sink.ts';
import { asChoice, listConnected } from './connected.ts';
import { examineCameras } from './examine.ts';
import { createGatherer, type Gatherer } from './gather.ts';
import { captureGroup, type GroupResult } from './group.ts';
import { createHealth } from './health.ts';
import { inspectCamera } from './inspect.ts';
import { camerasOf, checkOptions } from './options.ts';
import { type RunningCamera, startCamera } from './running.ts';

export default defineNode<SourceV4L2Options>({
  frames: (options, { id }) => ({
    cameras: camerasOf(id, options).map(({ spec }) => spec.id),
    interval: undefined,
  }),
  check: (options, { id }) => checkOptions(options, id),

  async inspect(options, signal) {
    const entries = camerasOf('', options);
    const found = entries.map((entry) => inspectCamera(entry, systemClock, signal));
    return (await Promise.all(found)).flat();
  },

  examine: examineCameras,

  async start(node) {
    const health = createHealth(node);
    const cameras = new Map<string, RunningCamera>();
    for (const entry of camerasOf(node.id, node.options)) {
      node.output.announce(entry.spec.id);
      cameras.set(entry.spec.id, await startCamera(node, entry, health));
    }
    node.output.onWant((wanted) => {
      const releases = [...cameras]
        .filter(([id]) => wanted === undefined || wanted === id)
        .map(([, camera]) => camera.want());
      return () => {
        for (const release of releases) release();
      };
    });

    const gatherer = stereoGatherer(node, cameras);
    const capture = async (
      camera: RunningCamera,
      scope: CaptureScope | undefined,
      signal: AbortSignal,
    ): Promise<Frame> => {
      const { id } = camera.entry.spec;
      if (!scope || !camera.entry.stereo) {
        if (scope) await camera.interrupt(scope);
        const shot = await camera.camera.take(signal).finally(() => camera.handBack());
        return camera.frame(shot);
      }
      const result = (await gatherer.join(scope, id, signal)).get(id);
      if (!result || result instanceof Error) throw result ?? environment('no-picture', `${id} gave no picture.`);
      const { shot, skew, remark } = result;
      return camera.frame(shot, {
        ...(skew === undefined ? {} : { skew_ms: Math.round(skew * 1000) / 1000 }),
        ...(remark === undefined ? {} : { remark }),
      });
    };
    node.output.answer(
      'capture',
      (id, scope, caller) => {
        const camera = cameras.get(id);
        if (!camera) return Promise.reject(environment('no-answer', `${node.id} has no camera ${id}.`));
        return captureInTime(node, id, node.options.capture_timeout, caller, (signal) =>
          capture(camera, scope, signal),
        );
      },
      (id) => cameras.has(id),
    );

    const devices = createSingleFlight(async (signal) => (await listConnected(signal)).map(asChoice));
    node.output.answer('command', async (_camera, { name }, signal) => (name === 'devices' ? devices(signal) : false));
  },
});

/** Combines the captures of cameras with `stereo: true` in one scope into one capture of their group. */
function stereoGatherer(
  node: Node<SourceV4L2Options>,
  cameras: ReadonlyMap<string, RunningCamera>,
): Gatherer<CaptureScope, GroupResult> {
  const { max_skew: maxSkew, attempts } = node.options;
  const stereo = [...cameras.values()].filter(({ entry }) => entry.stereo);
  let lastSkew = 0;
  if (stereo.length > 1) node.metrics.gauge('stereo_skew_ms', () => lastSkew);

  return createGatherer(stereo.length, node.clock, async (scope, members, signal) => {
    const group = stereo.filter(({ entry }) => members.includes(entry.spec.id));
    await Promise.all(group.map((camera) => camera.interrupt(scope)));
    signal.throwIfAborted();
    const [only] = group;
    if (group.length === 1 && only) {
      const shot = await only.camera.take(signal).finally(() => only.handBack());
      return new Map([[only.entry.spec.id, { shot, skew: undefined, remark: undefined }]]);
    }
    const result = await captureGroup(
      group.map(({ camera }) => camera),
      { maxSkew, attempts },
      signal,
    ).finally(() => Promise.all(group.map((camera) => camera.handBack())));
    node.metrics.count('stereo_captures_total');
    for (const picture of result.values()) {
      if (picture instanceof Error) continue;
      lastSkew = picture.skew ?? lastSkew;
      if (picture.remark !== undefined)
        node.log.warn('the cameras of a stereo group were used in turn', { why: picture.remark });
    }
    return result;
  });
}
