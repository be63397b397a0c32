// The file of compiled code beside the built program: a line of JSON that lists the pieces, then the pieces. V8 refuses pieces of another version or other flags.

import { openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from 'node:vm';

/** Hash of all modules, set by the build. V8 compares only the length of a text, so code of another build must not reach it. */
declare const CAMD_BUILD: string;

interface Head {
  readonly build: string;
  /** Bytes of each module's code, in the order of the file. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Limit of the first line, which has some 40 bytes for each module. */
const HEAD_BYTES = 64 * 1024;

const fileIn = (folder: string): string => join(folder, 'code-cache.bin');

/** Returns a function that finds the code of a module. The file stays open, since a module may be needed much later. */
export function openCodeCache(folder: string): (name: string) => Buffer | undefined {
  const places = new Map<string, readonly [number, number]>();
  const file = open(fileIn(folder));
  if (file === undefined) return () => undefined;
  const start = piece(file, 0, HEAD_BYTES);
  const end = start.indexOf('\n');
  let at = end + 1;
  for (const [name, size] of Object.entries(sizesOf(start.subarray(0, Math.max(0, end))))) {
    places.set(name, [at, size]);
    at += size;
  }
  return (name) => {
    const place = places.get(name);
    return place && piece(file, ...place);
  };
}

/** Replaces the file with the code that V8 has compiled from these scripts until now. */
export function writeCodeCache(folder: string, scripts: ReadonlyMap<string, Script>): void {
  const pieces = [...scripts].map(([name, script]) => [name, script.createCachedData()] as const);
  const head: Head = {
    build: CAMD_BUILD,
    sizes: Object.fromEntries(pieces.map(([name, code]) => [name, code.length])),
  };
  const line = Buffer.from(`${JSON.stringify(head)}\n`);
  if (line.length > HEAD_BYTES)
    throw new Error(`The first line of the code cache has ${line.length} bytes; at most ${HEAD_BYTES} are read.`);
  const fresh = `${fileIn(folder)}.${process.pid}`;
  writeFileSync(fresh, Buffer.concat([line, ...pieces.map(([, code]) => code)]));
  renameSync(fresh, fileIn(folder));
}

/** Undefined if there is no file: the program also runs without it, but starts more slowly. */
function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** Reads up to `size` bytes; fewer at the end of the file. */
function piece(file: number, at: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.subarray(0, readSync(file, bytes, 0, size, at));
}

function sizesOf(line: Buffer): Head['sizes'] {
  try {
    const head = JSON.parse(line.toString('latin1')) as Head;
    return head.build === CAMD_BUILD ? head.sizes : {};
  } catch {
    return {};
  }
}
