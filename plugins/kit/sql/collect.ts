// Asks V8 for a whole garbage collection. libsql closes a file only when the statements that were made for it are collected.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let gc: unknown;

/** Resolves when it is done; at once where V8 offers none. It runs between two turns of the event loop and takes some milliseconds. */
export async function collect(): Promise<void> {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('globalThis.gc') ?? null;
    setFlagsFromString('--no-expose-gc');
  }
  if (typeof gc === 'function') await gc({ type: 'major', execution: 'async' });
}
