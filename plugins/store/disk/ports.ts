// The ports of a store: `store` for what is on the disk, `stills` for the newest frame of each camera.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { Frame, Input, RequestHandler, Still, Stills, Store } from '../../../core/contract/plugin.ts';
import { captureAll, captureOne } from '../../kit/stills/capture-all.ts';
import type { StoreContext } from './context.ts';
import { withFile } from './frames.ts';
import type { OpenFolder } from './opening.ts';
import { restoreLatest } from './restore.ts';
import type { Writer } from './writer.ts';

export function storePort({ node, newest }: StoreContext, folder: OpenFolder, writer: Writer): Store {
  const indexed = async () => {
    const keeper = folder.required();
    // Lists wait for the index.
    await keeper.list({ limit: 0, order: 'newest-first' });
    return keeper.catalogue;
  };
  return {
    async put(frame) {
      const kept = await writer.keep(frame);
      newest.keep(withFile(frame, kept), node.options.max_cameras, node.memory);
      return kept;
    },
    list: async (query) => folder.required().list(query),
    cameras: async () => (await indexed()).cameras(),
    read: async (id) => folder.required().read(id),
    async delete(id) {
      const { catalogue, delete: remove } = folder.required();
      const camera = catalogue.resolve(id)?.camera;
      const deleted = await remove(id);
      if (deleted) node.metrics.count('deleted_total');
      // A camera of which nothing is stored any more is not shown either.
      if (camera !== undefined && !catalogue.newest(camera)) newest.forget(camera);
      return deleted;
    },
    async usage() {
      const { bytes, count } = await indexed();
      return { bytes, count };
    },
  };
}

export function stillsPort(
  { node, newest, names }: StoreContext,
  folder: OpenFolder,
  input: Input | undefined,
  capture: RequestHandler<'capture'>,
): Stills {
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
      const keeper = folder.keeper();
      if (!keeper || !folder.indexing() || !CAMERA_ID.test(camera)) return undefined;
      const frame = await restoreLatest(keeper, names, camera, node.clock);
      return frame && stillOf(frame);
    },
    next: newest.next,
    onDemand: (camera) => input?.answers('capture', camera) ?? false,
    capture: (camera, signal) => captureOne(capture, camera, signal),
    captureAll: (cameras, wanted) => captureAll(capture, cameras, wanted, node.clock),
  };
}
