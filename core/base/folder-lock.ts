// A lock on a folder that ends with its process: flock(2) on a file in it, which also names the holder.

import { spawn } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of the lock file that are read. */
const MAX_HOLDER = 4096;
/** Time limit for flock(1) in milliseconds; it never waits for the lock, but a busy machine may take seconds to start a program. */
const TRY_MS = 20_000;
const MAX_STDERR = 1024;

export type FolderLock =
  | { readonly is: 'held'; release(): void }
  /** `holder`: the text written by the other process. */
  | { readonly is: 'taken'; readonly holder: string }
  /** This system has no flock(1). */
  | { readonly is: 'unsupported'; readonly why: string };

/** Rejects with the system error if the file cannot be opened. `holder`: the text for processes that find the folder locked. */
export async function lockFolder(folder: string, holder: string): Promise<FolderLock> {
  const file = openSync(join(folder, '.lock'), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  const { status, why } = await flock(file);
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
  return { is: 'unsupported', why };
}

/**
 * Node.js has no flock(2). The lock belongs to the open file, not to the calling process: flock(1) locks the descriptor that it inherits
 * and exits, and the lock stays until this process closes the descriptor or ends.
 */
function flock(file: number): Promise<{ readonly status: number | null; readonly why: string }> {
  return new Promise((resolve) => {
    const child = spawn('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'pipe', file], timeout: TRY_MS });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, MAX_STDERR);
    });
    child.once('error', ({ message }) => resolve({ status: null, why: message }));
    child.once('close', (status, signal) => resolve({ status, why: stderr.trim() || `flock(1) ended with ${signal}` }));
  });
}
