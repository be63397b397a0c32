// One camera of a running node: its pictures become frames, and services that use it are interrupted for captures.

import type { CaptureScope, Fact, Frame, Image, Node, Release } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { SourceV4L2Options } from '../../../schemas/source/v4l2.ts';
import { type Camera, createCamera, createStream } from './camera.ts';
import type { Health } from './health.ts';
import type { CameraEntry } from './options.ts';
import { createPublisher } from './publisher.ts';
import type { Shot } from './shot.ts';
import type { CameraStream } from './stream.ts';

export interface RunningCamera {
  readonly entry: CameraEntry;
  readonly camera: Camera;
  /** Frames flow until released, unless the mode is `still`. */
  want(): Release;
  /** Suspends the services that the camera interrupts until the scope ends; resolves when they are suspended. */
  interrupt(scope: CaptureScope): Promise<void>;
  /** After a capture: resolves when services, or other programs, may use the device again. */
  handBack(): Promise<void>;
  frame(shot: Shot, meta?: Readonly<Record<string, Fact>>): Promise<Frame>;
}

export async function startCamera(
  node: Node<SourceV4L2Options>,
  entry: CameraEntry,
  health: Health,
): Promise<RunningCamera> {
  const { mode, linger } = node.options;
  const { spec, warmUp, interrupts } = entry;
  const { id } = spec;
  const services = interrupts === undefined ? [] : node.refs(interrupts, 'service');
  const { camera, owner } = createCamera(
    {
      spec,
      mode,
      warmUp,
      context: {
        clock: node.clock,
        log: node.log,
        metrics: node.metrics,
        bootTime,
        onControls: (trouble) => health.report(`${id} controls`, trouble && `${id}: ${trouble}`),
      },
      onTrouble: (trouble) => health.report(id, trouble),
      onFail: (cause) => node.fail(cause),
    },
    () => stream,
  );
  const { controls: _controls, ...opened } = spec;
  const stream: CameraStream = await node.durable(`stream ${id}`, {
    // Changed controls are set while the camera streams; any other change reopens it.
    same: [opened, warmUp, mode, linger],
    create: () => createStream(owner, mode, linger),
    dispose: (made) => made.dispose(),
  });

  const stamp = (shot: Shot, image: Image, meta?: Readonly<Record<string, Fact>>): Frame =>
    node.output.stamp({ ...image, camera: id, time: shot.time, ...(meta === undefined ? {} : { meta }) });
  const publisher = createPublisher(
    (shot, image) => void node.output.emit(stamp(shot, image)),
    () => node.metrics.count('unencoded_total'),
    (cause) => health.report(id, sentence(cause)),
  );
  const want = (): Release =>
    mode === 'still' ? () => {} : camera.watch({ onShot: publisher.push, onFault: () => {} });
  node.whileActive(() => {
    stream.adopt(owner);
    return mode === 'always' ? want() : undefined;
  });

  return {
    entry,
    camera,
    want: mode === 'on_demand' ? want : () => () => {},
    async interrupt(scope) {
      await Promise.all(services.map((service) => scope.enter(service)));
    },
    async handBack() {
      if (mode === 'still' || services.length > 0) await camera.free();
    },
    async frame(shot, meta) {
      return stamp(shot, await shot.image(), meta);
    },
  };
}

/** CLOCK_MONOTONIC in milliseconds, which drivers stamp their buffers with. */
const bootTime = (): number => Number(process.hrtime.bigint()) / 1e6;
