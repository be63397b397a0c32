// The latest picture of each camera under a fixed name, as a file or a link.

import { dirname } from 'node:path';
import type { ImageType } from '../../../core/contract/plugin.ts';
import type { Catalogue } from './catalogue.ts';
import type { Files } from './files.ts';
import type { Names, Naming } from './names.ts';

export interface Latest {
  /** The second name of the file of the camera's latest picture; undefined if there is none, or if it is a symbolic link. */
  aliasOf(naming: Naming): string | undefined;
  /** Makes `id` the camera's latest picture. `isAliased`: its alias is the same file already. */
  show(naming: Naming, id: string, known?: { readonly data: Buffer; readonly isAliased: boolean }): Promise<void>;
  /** Call it after `id` was deleted: the latest name must lead to a stored picture. */
  gone(camera: string, id: string): Promise<void>;
  /** Call it after a restart: repairs a latest name that shows an older picture because of a kill. */
  repair(camera: string): Promise<void>;
}

export interface LatestOptions {
  readonly as: 'file' | 'symlink' | 'none';
  readonly names: Names;
  readonly files: Files;
  readonly catalogue: Catalogue;
}

const OTHER: Readonly<Record<ImageType, ImageType>> = { 'image/jpeg': 'image/png', 'image/png': 'image/jpeg' };
/** Number of a camera's pictures that are searched for the newest one in its other format. */
const LOOK_BACK = 1000;

export function createLatest({ as, names, files, catalogue }: LatestOptions): Latest {
  const shown = new Map<string, { id: string; type: ImageType }>();

  const isShowing = async (alias: string, id: string): Promise<boolean> => {
    if (as === 'symlink') return (await files.target(alias)) === relativeTo(alias, id);
    const [shownFile, keptFile] = [await files.stat(alias), await files.stat(id)];
    return shownFile !== undefined && keptFile !== undefined && shownFile.inode === keptFile.inode;
  };
  const show: Latest['show'] = async (naming, id, known) => {
    const alias = names.latest(naming.camera, naming.type);
    if (as === 'none' || alias === undefined) return;
    if (as === 'symlink') await files.point(alias, relativeTo(alias, id), id);
    else if (!known?.isAliased) await files.alias(alias, id, known?.data);
    const before = shown.get(naming.camera);
    shown.set(naming.camera, { id, type: naming.type });
    // A camera that changed from PNG to JPEG has one latest picture, not two; without {ext} the name is the same.
    const other = before && names.latest(naming.camera, before.type);
    if (before && other !== alias) await drop(naming.camera, before.type);
  };
  const drop = async (camera: string, type: ImageType): Promise<void> => {
    const alias = names.latest(camera, type);
    if (alias !== undefined) await files.remove(alias, true);
  };
  const showNewest = async (camera: string): Promise<void> => {
    const newest = catalogue.newest(camera);
    if (!newest) return;
    const id = names.format(newest);
    const alias = names.latest(camera, newest.type);
    if (alias === undefined) return;
    // Renaming one name of a file to another of the same file does nothing, and would leave the temporary one behind.
    if (await isShowing(alias, id)) shown.set(camera, { id, type: newest.type });
    else await show(newest, id);
  };

  return {
    aliasOf: ({ camera, type }) => (as === 'file' ? names.latest(camera, type) : undefined),
    show,
    async gone(camera, id) {
      const current = shown.get(camera);
      if (as === 'none' || current?.id !== id) return;
      if (catalogue.newest(camera)) return showNewest(camera);
      shown.delete(camera);
      await drop(camera, current.type);
    },
    async repair(camera) {
      if (as === 'none' || shown.has(camera)) return;
      await showNewest(camera);
      const type = shown.get(camera)?.type;
      if (type === undefined) return;
      const stray = names.latest(camera, OTHER[type]);
      const older = catalogue
        .list({ camera, order: 'newest-first', limit: LOOK_BACK })
        .find((kept) => kept.type === OTHER[type]);
      if (stray !== undefined && older && (await isShowing(stray, older.id))) await files.remove(stray, true);
    },
  };
}

/** The text of a link at `alias` that leads to `id`. */
function relativeTo(alias: string, id: string): string {
  const up = dirname(alias) === '.' ? 0 : dirname(alias).split('/').length;
  return '../'.repeat(up) + id;
}
