// Pictures from a file that the program writes in place: taken when whole and no longer growing, then removed.

import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { formatSize } from '../../../core/base/units.ts';
import type { Image } from '../../../core/contract/plugin.ts';
import { environment, sentence } from '../../../core/contract/problems.ts';
import type { SourceNode } from '../../kit/capture/sink.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import type { Pictures } from './pictures.ts';

/** Between two looks at the file; one that two looks in a row find unchanged has stopped growing. */
const LOOK_MS = 20;
/** A larger file is no picture, and is not read. */
export const MAX_FILE = 64 * 1024 * 1024;

interface Look {
  /** What has to stay the same: inode, size, time of the last change. */
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
  /** undefined while it changes or is not whole. */
  const take = async (before: Look): Promise<Image | undefined> => {
    if (before.size > MAX_FILE) {
      remains = `${file} has ${formatSize(before.size)}, more than a picture may have (${formatSize(MAX_FILE)})`;
      return undefined;
    }
    const found = await read(file, before.mark);
    if (!found) return undefined;
    const image = toImage(found, false);
    if (!isRefusal(image)) return image;
    remains = `${formatSize(found.length)} in ${file} are no whole picture (${image.reason})`;
    return undefined;
  };
  return {
    begin() {},
    push() {},
    clear,
    async next(signal) {
      let last: Look | undefined;
      for (;;) {
        await node.clock.sleep(LOOK_MS, signal);
        const now = await look(file);
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
      const left = await look(file);
      const image = left && (await take(left));
      if (image) await clear();
      return image;
    },
    remains: () => remains,
  };
}

/** undefined when there is no such file. */
const look = (file: string): Promise<Look | undefined> => inspect(file, async (found) => found);

/** Its bytes; undefined when it is no longer as `mark` says, before or after they were read. */
const read = (file: string, mark: string): Promise<Buffer | undefined> =>
  inspect(file, async (before, readAll, again) => {
    if (before.mark !== mark) return undefined;
    const bytes = await readAll();
    return (await again()).mark === mark ? bytes : undefined;
  });

/** Opened without waiting, because a fifo by that name would block. */
async function inspect<T>(
  file: string,
  work: (found: Look, readAll: () => Promise<Buffer>, again: () => Promise<Look>) => Promise<T>,
): Promise<T | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw environment('unreadable-file', `The file ${file} cannot be read: ${sentence(cause)}.`, cause);
  });
  if (!handle) return undefined;
  try {
    const again = async (): Promise<Look> => {
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
