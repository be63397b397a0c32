// A disk in memory for a spool: it records every change, and shows the files after a power failure.

import type { Disk, DiskFile } from '../../plugins/store/spool/disk.ts';

type Change =
  | { readonly is: 'write'; readonly file: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly is: 'truncate'; readonly file: number; readonly length: number }
  | { readonly is: 'name'; readonly name: string; readonly file: number | undefined }
  /** All earlier changes of this file, or of all names, are on disk. */
  | { readonly is: 'sync'; readonly file: number | undefined };

export type Files = ReadonlyMap<string, Buffer>;

export interface MemoryDisk extends Disk {
  /** Number of changes so far. */
  readonly length: number;
  files(): Map<string, Buffer>;
  /**
   * The files after a power failure following `upTo` changes. Synced changes are kept; each of the others is kept if `keeps` returns
   * true, in order.
   */
  after(upTo: number, keeps: () => boolean): Map<string, Buffer>;
}

export interface MemoryDiskOptions {
  readonly files?: Files;
  /** Called before each operation; the operation rejects with the error that it throws. */
  before?(operation: 'write' | 'sync' | 'create' | 'rename' | 'remove' | 'read'): void | Promise<void>;
}

export function memoryDisk({ files = new Map(), before = () => {} }: MemoryDiskOptions = {}): MemoryDisk {
  const log: Change[] = [];
  const contents: Buffer[] = [];
  const names = new Map<string, number>();
  for (const [name, bytes] of files) {
    names.set(name, contents.push(Buffer.from(bytes)) - 1);
  }
  const start = { contents: contents.map((content) => Buffer.from(content)), names: new Map(names) };

  const record = (change: Change): void => {
    log.push(change);
    apply(change, contents, names);
  };
  const fileOf = (file: number): DiskFile => {
    const bytes = (): Buffer => contents[file] ?? Buffer.alloc(0);
    return {
      async read(offset, length) {
        await before('read');
        return Buffer.from(bytes().subarray(offset, offset + length));
      },
      async readInto(target, offset) {
        await before('read');
        return bytes().copy(target, 0, offset);
      },
      async write(parts, offset) {
        await before('write');
        record({ is: 'write', file, offset, bytes: Buffer.concat(parts) });
      },
      async sync() {
        await before('sync');
        record({ is: 'sync', file });
      },
      async truncate(length) {
        record({ is: 'truncate', file, length });
      },
      size: async () => bytes().length,
      close: async () => {},
    };
  };
  return {
    get length() {
      return log.length;
    },
    names: async () => [...names.keys()],
    async create(name) {
      await before('create');
      if (names.has(name)) throw Object.assign(new Error(`${name} exists`), { code: 'EEXIST' });
      const file = contents.push(Buffer.alloc(0)) - 1;
      record({ is: 'name', name, file });
      return fileOf(file);
    },
    async open(name) {
      const file = names.get(name);
      return file === undefined ? undefined : fileOf(file);
    },
    async rename(from, to) {
      await before('rename');
      const file = names.get(from);
      record({ is: 'name', name: to, file });
      record({ is: 'name', name: from, file: undefined });
    },
    async remove(name) {
      await before('remove');
      if (names.has(name)) record({ is: 'name', name, file: undefined });
    },
    async syncFolder() {
      await before('sync');
      record({ is: 'sync', file: undefined });
    },
    files: () => visible(contents, names),
    after(upTo, keeps) {
      const left = { contents: start.contents.map((content) => Buffer.from(content)), names: new Map(start.names) };
      const changes = log.slice(0, upTo);
      changes.forEach((change, at) => {
        if (change.is === 'sync') return;
        const file = change.is === 'name' ? undefined : change.file;
        const isSynced = changes.some((later, index) => index > at && later.is === 'sync' && later.file === file);
        if (isSynced || keeps()) apply(change, left.contents, left.names);
      });
      return visible(left.contents, left.names);
    },
  };
}

function apply(change: Change, contents: Buffer[], names: Map<string, number>): void {
  if (change.is === 'write') {
    const before = contents[change.file] ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, change.offset + change.bytes.length));
    before.copy(after);
    change.bytes.copy(after, change.offset);
    contents[change.file] = after;
  } else if (change.is === 'truncate') {
    contents[change.file] = Buffer.from((contents[change.file] ?? Buffer.alloc(0)).subarray(0, change.length));
  } else if (change.is === 'name') {
    if (change.file === undefined) names.delete(change.name);
    else names.set(change.name, change.file);
  }
}

const visible = (contents: readonly Buffer[], names: ReadonlyMap<string, number>): Map<string, Buffer> =>
  new Map([...names].map(([name, file]) => [name, Buffer.from(contents[file] ?? Buffer.alloc(0))]));
