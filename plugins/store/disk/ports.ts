// The `store` port of the folder, and the restoring of a camera's newest picture from it.

import type { Frame, Store } from '../../../core/contract/plugin.ts';
import { withFile } from '../../kit/store/frames.ts';
import type { StoreWriter } from '../../kit/store/writer.ts';
import type { StoreContext } from './context.ts';
import type { OpenFolder } from './opening.ts';
import { restoreLatest } from './restore.ts';

export function storePort({ node, newest }: StoreContext, folder: OpenFolder, writer: StoreWriter): Store {
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
      // A camera without a stored picture is not shown.
      if (camera !== undefined && !catalogue.newest(camera)) newest.forget(camera);
      return deleted;
    },
    async usage() {
      const { bytes, count } = await indexed();
      return { bytes, count };
    },
  };
}

/** The newest picture of a camera on the disk; undefined while the folder cannot be read or is not indexed. */
export function restorer(
  { node, names }: StoreContext,
  folder: OpenFolder,
): (camera: string) => Promise<Frame | undefined> {
  return async (camera) => {
    const keeper = folder.keeper();
    return keeper && folder.indexing() ? restoreLatest(keeper, names, camera, node.clock) : undefined;
  };
}
