// Records across restarts which files have been read: a log in the state folder, with one line for each file that still exists.

import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../../../core/base/reason.ts';

/** Limit of recorded files. */
export const MAX_TAKEN = 100_000;
/** Up to so many files, each scan checks every one, because the kernel reports no changes of network drives. */
const MANY = 2000;
/** Number of obsolete lines beyond which the log is rewritten. */
const SLACK = 1000;

export interface Taken {
  has(path: string, id: string): boolean;
  /** True if any version of this file has been read, and there are too many files to check each in every scan. */
  knows(path: string): boolean;
  /** False if MAX_TAKEN files are recorded. */
  readonly hasRoom: boolean;
  /** Not flushed to disk: a power failure may lose the newest entries, whose files are then read again. */
  add(path: string, id: string): Promise<void>;
  /** Drops all other files: they no longer exist. */
  keep(paths: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

/** Records files for this run only, because files that were read are deleted. */
export const takenInMemory = (): Taken => inMemory(new Map());

/** `known`: path → id. */
function inMemory(known: Map<string, string>): Taken {
  return {
    has: (path, id) => known.get(path) === id,
    knows: (path) => known.size > MANY && known.has(path),
    get hasRoom() {
      return known.size < MAX_TAKEN;
    },
    async add(path, id) {
      known.set(path, id);
    },
    async keep(paths) {
      for (const path of known.keys()) if (!paths.has(path)) known.delete(path);
    },
    close: async () => {},
  };
}

export async function openTaken(file: string): Promise<Taken> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return '';
    throw cause;
  });
  const known = new Map<string, string>();
  // A crash may have left half a line; its file is read again.
  for (const line of text.split('\n').slice(0, -1)) {
    const at = line.indexOf('\t');
    if (at > 0) known.set(unescaped(line.slice(at + 1)), line.slice(0, at));
  }
  let lines = Number.POSITIVE_INFINITY;
  let handle: FileHandle | undefined;

  const rewrite = async (): Promise<void> => {
    await handle?.close();
    handle = undefined;
    const next = await open(`${file}.new`, 'w', 0o600);
    try {
      await next.writeFile([...known].map(([path, id]) => lineOf(path, id)).join(''));
      await next.sync();
    } finally {
      await next.close();
    }
    await rename(`${file}.new`, file);
    handle = await open(file, 'a', 0o600);
    lines = known.size;
  };
  const memory = inMemory(known);
  return {
    has: memory.has,
    knows: memory.knows,
    get hasRoom() {
      return memory.hasRoom;
    },
    async add(path, id) {
      await memory.add(path, id);
      if (!handle || lines > known.size + SLACK) return rewrite();
      await handle.appendFile(lineOf(path, id));
      lines++;
    },
    async keep(paths) {
      await memory.keep(paths);
      if (lines > known.size + SLACK) await rewrite();
    },
    close: async () => handle?.close(),
  };
}

const lineOf = (path: string, id: string): string => `${id}\t${escaped(path)}\n`;

/** A name may contain a line break. */
const escaped = (path: string): string => path.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D');
const unescaped = (text: string): string => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
