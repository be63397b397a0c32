// The input of one running instance: a link to each hub that an option names, moved from hub to hub without losing frames.

import type { Frame } from '../../contract/frame.ts';
import type { FrameHandler, Input } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import { environment } from '../../contract/problems.ts';
import type { Hub } from './output.ts';
import { createLink, type Link } from './subscription.ts';

export interface InputControl {
  readonly input: Input;
  /** Frames begin to come; before this, none do. */
  attach(): void;
  /** Frames stop coming; those already taken are worked on. */
  detach(): void;
  /** Makes these the hubs: the new ones are linked before the old ones are let go. */
  retarget(hubs: readonly Hub[]): void;
  drain(): Promise<void>;
  close(): void;
}

export interface InputOptions {
  readonly hubs: readonly Hub[];
  /** The id of the node whose input it is. */
  readonly consumer: string;
  onFrame(frame: Frame): void;
  onSkip(): void;
  onFull(full: boolean): void;
  onFail(cause: unknown): void;
}

interface Want {
  readonly camera: string | undefined;
  releases: Release[];
}

export function createInput(options: InputOptions): InputControl {
  let hubs = options.hubs;
  let link: Link | undefined;
  let always = false;
  let attached = false;
  let demand: Release | undefined;
  const wants = new Set<Want>();

  const ask = (camera: string | undefined): Release[] => hubs.map((hub) => hub.want(camera));
  const want = (camera?: string): Release => {
    const held: Want = { camera, releases: ask(camera) };
    wants.add(held);
    return () => {
      wants.delete(held);
      for (const release of held.releases.splice(0)) release();
    };
  };
  const join = (): void => {
    if (!link) return;
    for (const hub of hubs) hub.add(link, options.consumer);
    if (always) demand ??= want();
  };
  const find = (camera: string): Hub | undefined => hubs.find((hub) => hub.canCapture(camera));

  return {
    input: {
      each(handler: FrameHandler, { delivery, queue, parallel, demand: asked = 'always' }) {
        if (link) throw new Error('an input takes one handler');
        always = asked === 'always';
        link = createLink({
          handler: (frame, wait) => {
            options.onFrame(frame);
            return handler(frame, wait);
          },
          delivery,
          ...(queue === undefined ? {} : { queue }),
          ...(parallel === undefined ? {} : { parallel }),
          onSkip: options.onSkip,
          onFull: options.onFull,
          onFail: options.onFail,
        });
        if (attached) join();
      },
      cameras: () => [...new Set(hubs.flatMap((hub) => hub.cameras()))].sort(),
      want,
      onDemand: (camera) => find(camera) !== undefined,
      capture(camera, signal) {
        const hub = find(camera);
        if (hub) return hub.capture(camera, signal);
        return Promise.reject(environment('no-capture', `no source takes a picture of ${camera} on demand`));
      },
    },
    attach() {
      attached = true;
      join();
    },
    detach() {
      attached = false;
      if (link) for (const hub of hubs) hub.remove(link);
      demand?.();
      demand = undefined;
    },
    retarget(next) {
      const before = hubs;
      hubs = next;
      if (attached && link) for (const hub of next) hub.add(link, options.consumer);
      for (const held of wants) {
        const old = held.releases;
        held.releases = ask(held.camera);
        for (const release of old) release();
      }
      if (link) for (const hub of before) if (!next.includes(hub)) hub.remove(link);
    },
    drain: async () => link?.drain(),
    close() {
      link?.close();
      for (const held of wants) for (const release of held.releases.splice(0)) release();
      wants.clear();
    },
  };
}
