// A lock on a folder that dies with its process: flock(2) on a file in it, which also says who holds it.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of the lock file that are read. */
const MAX_HOLDER = 4096;
const TRY_MS = 5000;

export type FolderLock =
  | { readonly is: 'held'; release(): void }
  /** `holder`: the text that the other process has given. */
  | { readonly is: 'taken'; readonly holder: string }
  /** This system has no flock(1). */
  | { readonly is: 'unsupported'; readonly why: string };

/** Throws what the system says when the file cannot be opened. `holder`: what others read who find the folder locked. */
export function lockFolder(folder: string, holder: string): FolderLock {
  const file = openSync(join(folder, '.lock'), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  // Node has no flock(2). The lock belongs to the open file, not to the process that asks for it: flock(1) locks the descriptor
  // that it inherits and exits, and the lock stays until this process closes the descriptor or dies.
  const { status, error, stderr } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    timeout: TRY_MS,
  });
  if (status === 0) {
    ftruncateSync(file, 0);
    writeSync(file, holder, 0);
    let isHeld = true;
    return {
      is: 'held',
      release() {
        if (isHeld) closeSync(file);
        isHeld = false;
      },
    };
  }
  const bytes = Buffer.alloc(MAX_HOLDER);
  const length = readSync(file, bytes, 0, MAX_HOLDER, 0);
  closeSync(file);
  if (status === 1) return { is: 'taken', holder: bytes.toString('utf8', 0, length) };
  return { is: 'unsupported', why: error?.message ?? stderr.toString('utf8').trim() };
}
