// Reads a folder and the folders below it: every picture is considered, every folder watched.

import { type Files, MAX_DEPTH } from './files.ts';
import type { FolderWatch } from './watch.ts';

/** Limit of pictures and folders that one scan lists; a larger folder is still read, but deleted files are not noticed. */
export const MAX_LISTED = 200_000;

export interface Scan {
  readonly files: Files;
  readonly watch: FolderWatch;
  readonly folder: string;
  consider(path: string): Promise<void>;
  /** True for pictures that need not be checked again. */
  readonly skip?: ((path: string) => boolean) | undefined;
}

export interface Scanned {
  readonly folders: ReadonlySet<string>;
  readonly pictures: ReadonlySet<string>;
  /** False if the listing is incomplete. */
  readonly isWhole: boolean;
}

/** Rejects with ENOENT if the folder itself is gone; a subfolder that is removed meanwhile is skipped. */
export async function scan({ files, watch, folder, consider, skip }: Scan): Promise<Scanned> {
  const folders = new Set<string>();
  const pictures = new Set<string>();
  const waiting = [{ path: folder, depth: folder === '' ? 0 : folder.split('/').length }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, depth } = next;
    folders.add(path);
    // Watched before it is read: a file that arrives in between is found twice rather than never.
    watch.add(path);
    try {
      for await (const entry of files.list(path)) {
        if (folders.size + pictures.size >= MAX_LISTED) return { folders, pictures, isWhole: false };
        if (entry.is === 'folder' && depth < MAX_DEPTH) waiting.push({ path: entry.path, depth: depth + 1 });
        if (entry.is !== 'picture') continue;
        pictures.add(entry.path);
        if (!skip?.(entry.path)) await consider(entry.path);
      }
    } catch (cause) {
      if (path === folder) throw cause;
    }
  }
  return { folders, pictures, isWhole: true };
}
