// The `stills` port of a store: the newest frame of each camera, from memory or from the storage.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { Frame, Input, Node, RequestHandler, Still, Stills } from '../../../core/contract/plugin.ts';
import { captureAll, captureOne } from '../stills/capture-all.ts';
import type { Newest } from '../stills/newest.ts';

export interface StoreStills {
  readonly node: Pick<Node<object>, 'clock'> & { readonly options: { readonly stale_after?: number | undefined } };
  readonly newest: Newest;
  readonly input: Input | undefined;
  readonly capture: RequestHandler<'capture'>;
  /** The newest stored picture of a camera that has sent none yet. */
  restore(camera: string): Promise<Frame | undefined>;
}

export function storeStills({ node, newest, input, capture, restore }: StoreStills): Stills {
  const { stale_after: staleAfter } = node.options;
  const stillOf = (frame: Frame): Still => {
    const age = node.clock.monotonic() - frame.arrived;
    return { frame, age, stale: staleAfter !== undefined && age > staleAfter };
  };
  return {
    cameras: () => [...new Set([...(input?.cameras() ?? []), ...newest.cameras()])].sort(),
    latest(camera) {
      const frame = newest.get(camera);
      return frame && stillOf(frame);
    },
    async find(camera) {
      const frame = CAMERA_ID.test(camera) ? await restore(camera) : undefined;
      return frame && stillOf(frame);
    },
    next: newest.next,
    onDemand: (camera) => input?.answers('capture', camera) ?? false,
    capture: (camera, signal) => captureOne(capture, camera, signal),
    captureAll: (cameras, wanted) => captureAll(capture, cameras, wanted, node.clock),
  };
}
