// Replaces a file so that after a crash at any moment it has the complete old or the complete new text; the old text stays as .bak.

import { constants } from 'node:fs';
import { access, type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Reasons why a file was not written. */
export type SaveFault = 'changed' | 'read-only' | 'failed';

export type SaveResult =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly fault: SaveFault; readonly message: string };

export interface SaveOptions {
  /** The current text of the file, as read by the caller: a file with another text is not overwritten. */
  readonly expected: string;
  /** False: no .bak file with the previous text is written. */
  readonly backup?: boolean;
}

/** Follows symbolic links, keeps mode and owner. Never rejects. */
export async function saveText(path: string, text: string, options: SaveOptions): Promise<SaveResult> {
  let target = path;
  try {
    target = await realpath(path);
    if ((await readFile(target, 'utf8')) !== options.expected) {
      return { ok: false, fault: 'changed', message: `${target} has changed meanwhile.` };
    }
    await access(dirname(target), constants.W_OK);
    if (options.backup !== false) await replace(`${target}.bak`, options.expected, target);
    await replace(target, text, target);
    return { ok: true, path: target };
  } catch (thrown) {
    return fault(target, thrown);
  }
}

/** Temporary file in the same folder, fsync, rename, fsync of the folder. Mode and owner are those of `model`. */
async function replace(path: string, text: string, model: string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.new`);
  const { mode, uid, gid } = await stat(model);
  let file: FileHandle | undefined;
  try {
    // Never writes through a file that a crash has left or another program has created.
    await rm(temporary, { force: true });
    file = await open(temporary, 'wx', mode & 0o777);
    await file.writeFile(text);
    await file.chmod(mode & 0o777);
    await owned(file, uid, gid);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (thrown) {
    await file?.close();
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Only root may change the owner; for other users the file belongs to the user of the process. */
async function owned(file: FileHandle, uid: number, gid: number): Promise<void> {
  const { uid: currentUid, gid: currentGid } = await file.stat();
  if (currentUid === uid && currentGid === gid) return;
  await file.chown(uid, gid).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EPERM') throw thrown;
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fault(path: string, thrown: unknown): SaveResult {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (['EROFS', 'EACCES', 'EPERM'].includes(code)) {
    return { ok: false, fault: 'read-only', message: `camd may not write ${path} (${code}).` };
  }
  const why = code === 'ENOSPC' ? 'the disk is full' : thrown instanceof Error ? thrown.message : String(thrown);
  return { ok: false, fault: 'failed', message: `${path} could not be written: ${why}.` };
}
