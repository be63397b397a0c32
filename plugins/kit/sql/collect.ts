// Runs a full garbage collection of V8, because libsql closes a file only when its statements are collected.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let gc: unknown;

/** Resolves when it is done, or at once if V8 offers none. It runs between two turns of the event loop and takes some milliseconds. */
export async function collect(): Promise<void> {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('globalThis.gc') ?? null;
    setFlagsFromString('--no-expose-gc');
  }
  if (typeof gc === 'function') await gc({ type: 'major', execution: 'async' });
}
