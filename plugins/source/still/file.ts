// Pictures from a file that the program writes in place: read when it is complete and no longer grows, then removed.

import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { formatSize } from '../../../core/base/units.ts';
import type { Image } from '../../../core/contract/plugin.ts';
import { environment, sentence } from '../../../core/contract/problems.ts';
import type { SourceNode } from '../../kit/capture/sink.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import type { Pictures } from './pictures.ts';

/** Between two checks of the file; a file that is unchanged in two checks in a row has stopped growing. */
const CHECK_MS = 20;
/** A larger file is not a picture, and is not read. */
export const MAX_FILE = 64 * 1024 * 1024;

interface Snapshot {
  /** Identity of the content: inode, size, time of the last change. */
  readonly mark: string;
  readonly size: number;
}

/** @param file an absolute path */
export function picturesOfFile(node: SourceNode, file: string): Pictures {
  let remains: string | undefined;

  const clear = async (): Promise<void> => {
    remains = undefined;
    await rm(file, { force: true }).catch((cause: unknown) => {
      const why = `The file ${file} cannot be removed, so that an old picture could be taken for a new one`;
      throw environment('stuck-file', `${why}: ${sentence(cause)}.`, cause);
    });
  };
  /** undefined while the file changes or is incomplete. */
  const take = async (before: Snapshot): Promise<Image | undefined> => {
    if (before.size > MAX_FILE) {
      remains = `${file} has ${formatSize(before.size)}, more than a picture may have (${formatSize(MAX_FILE)})`;
      return undefined;
    }
    const found = await read(file, before.mark);
    if (!found) return undefined;
    const image = toImage(found, false);
    if (!isRefusal(image)) return image;
    remains = `${formatSize(found.length)} in ${file} are not a complete picture (${image.reason})`;
    return undefined;
  };
  return {
    begin() {},
    push() {},
    clear,
    async next(signal) {
      let last: Snapshot | undefined;
      for (;;) {
        await node.clock.sleep(CHECK_MS, signal);
        const now = await check(file);
        if (now && now.mark === last?.mark) {
          const image = await take(now);
          if (image) {
            await clear();
            return image;
          }
        }
        last = now;
      }
    },
    async last() {
      const left = await check(file);
      const image = left && (await take(left));
      if (image) await clear();
      return image;
    },
    remains: () => remains,
  };
}

/** undefined when there is no such file. */
const check = (file: string): Promise<Snapshot | undefined> => inspect(file, async (found) => found);

/** The content; undefined if the file differs from `mark` before or after reading. */
const read = (file: string, mark: string): Promise<Buffer | undefined> =>
  inspect(file, async (before, readAll, again) => {
    if (before.mark !== mark) return undefined;
    const bytes = await readAll();
    return (await again()).mark === mark ? bytes : undefined;
  });

/** Opened without waiting, because a fifo by that name would block. */
async function inspect<T>(
  file: string,
  work: (found: Snapshot, readAll: () => Promise<Buffer>, again: () => Promise<Snapshot>) => Promise<T>,
): Promise<T | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw environment('unreadable-file', `The file ${file} cannot be read: ${sentence(cause)}.`, cause);
  });
  if (!handle) return undefined;
  try {
    const again = async (): Promise<Snapshot> => {
      const { ino, size, mtimeNs } = await handle.stat({ bigint: true });
      return { mark: `${ino} ${size} ${mtimeNs}`, size: Number(size) };
    };
    if (!(await handle.stat()).isFile()) return undefined;
    return await work(await again(), () => handle.readFile(), again);
  } finally {
    await handle.close();
  }
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
