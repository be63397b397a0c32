// Makes a film of pictures in chunks: skips torn pictures, keeps one in memory at a time, and resumes after an interruption.

import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../core/base/make-folder.ts';
import type { Image } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/problems.ts';
import { isRefusal } from '../image/jpeg-header.ts';
import { toImage } from '../image/recognise.ts';
import { chunkArguments, type Encoding, encodeChunk, filmSize, joinChunks } from './ffmpeg.ts';
import { type Chunk, type Journal, readJournal, writeJournal } from './journal.ts';

/** Bytes of a picture; larger ones are skipped. */
export const MAX_PICTURE = 32 * 1024 * 1024;
/** Pictures of a chunk: at most this many are encoded again after an interruption. */
const CHUNK = 500;
/** Pictures per page of the list. */
const PAGE = 200;

export interface FilmPictures {
  /** Ids after this one, oldest first, at most `limit`. */
  list(after: string | undefined, limit: number): Promise<readonly string[]>;
  /** Undefined if the picture no longer exists. */
  read(id: string): Promise<Buffer | undefined>;
}

export interface Progress {
  readonly pictures: number;
  readonly skipped: number;
}

export interface FilmOptions {
  /** Folder for the chunks; it is removed when the film is complete. */
  readonly folder: string;
  /** The film, MP4 with H.264. The file is created when the film is complete. */
  readonly out: string;
  /** Identifies the pictures: the same text finds the chunks of an earlier attempt. */
  readonly spec: string;
  readonly fps: number;
  /** The greatest width in pixels. */
  readonly width: number;
  readonly pictures: FilmPictures;
  readonly signal: AbortSignal;
  onProgress?(progress: Progress): void;
  /** Pictures of a chunk. */
  readonly chunk?: number;
}

export async function makeFilm(options: FilmOptions): Promise<Progress> {
  const { folder, signal, pictures, onProgress } = options;
  await makeFolder(folder);
  let journal = await readJournal(folder, `${options.spec} ${options.fps} fps ${options.width} px`);
  const queue = pictureQueue(pictures, journal.chunks.at(-1)?.last);
  const total = (): Progress => ({
    pictures: journal.chunks.reduce((sum, chunk) => sum + chunk.pictures, 0),
    skipped: journal.chunks.reduce((sum, chunk) => sum + chunk.skipped, 0),
  });
  onProgress?.(total());
  for (;;) {
    signal.throwIfAborted();
    const before = total();
    const next = await makeChunk(options, journal, queue, (pictures, skipped) =>
      onProgress?.({ pictures: before.pictures + pictures, skipped: before.skipped + skipped }),
    );
    if (!next) break;
    journal = next;
    await writeJournal(folder, journal);
  }
  const files = journal.chunks.flatMap(({ file }) => (file === undefined ? [] : [file]));
  if (files.length === 0) throw environment('no-pictures', 'There is no intact picture to make a film of.');
  await writeFile(join(folder, 'chunks.txt'), files.map((file) => `file '${file}'\n`).join(''));
  const part = newPart('film.mp4');
  await joinChunks('chunks.txt', part, folder, signal);
  await makeFolder(dirname(options.out));
  await rename(join(folder, part), options.out);
  await rm(folder, { recursive: true, force: true });
  return total();
}

/** A name of its own for each attempt: the ffmpeg of a killed camd may still write into the file of its attempt. */
const newPart = (file: string): string => `${file}.${randomUUID()}.part`;

/** The next chunk, or undefined at the end. It ends early when the type of the pictures changes. */
async function makeChunk(
  { folder, fps, width, signal, chunk: most = CHUNK }: FilmOptions,
  journal: Journal,
  queue: PictureQueue,
  onPicture: (pictures: number, skipped: number) => void,
): Promise<Journal | undefined> {
  const file = `chunk-${String(journal.chunks.length).padStart(6, '0')}.mp4`;
  let { size } = journal;
  let last: string | undefined;
  let type: Image['type'] | undefined;
  let encoding: Encoding | undefined;
  let pictures = 0;
  let skipped = 0;
  const part = newPart(file);
  try {
    while (pictures + skipped < most) {
      signal.throwIfAborted();
      const next = await queue.peek();
      if (!next) break;
      const { image } = next;
      if (image && type !== undefined && image.type !== type) break;
      queue.take();
      last = next.id;
      if (image) {
        size ??= filmSize(image, width);
        type ??= image.type;
        encoding ??= await encodeChunk(chunkArguments(type, size, fps, part), folder, signal);
        await encoding.add(image.data);
        pictures++;
      } else skipped++;
      onPicture(pictures, skipped);
    }
  } catch (cause) {
    // The caller may remove the folder, so ffmpeg must have ended.
    await encoding?.end().catch(() => {});
    throw cause;
  }
  if (last === undefined) return undefined;
  await encoding?.end();
  if (encoding) await rename(join(folder, part), join(folder, file));
  const made: Chunk = { last, pictures, skipped, ...(encoding ? { file } : {}) };
  return { ...journal, ...(size === undefined ? {} : { size }), chunks: [...journal.chunks, made] };
}

interface PictureQueue {
  /** The next picture, without `image` if it is torn or no longer exists. Undefined at the end. */
  peek(): Promise<{ readonly id: string; readonly image: Image | undefined } | undefined>;
  take(): void;
}

function pictureQueue(pictures: FilmPictures, from: string | undefined): PictureQueue {
  let after = from;
  let ids: string[] = [];
  let head: { readonly id: string; readonly image: Image | undefined } | undefined;
  return {
    async peek() {
      if (head) return head;
      if (ids.length === 0) ids = [...(await pictures.list(after, PAGE))];
      const id = ids.shift();
      if (id === undefined) return undefined;
      after = id;
      const data = await pictures.read(id);
      const image = data && data.length <= MAX_PICTURE ? toImage(data, false) : undefined;
      head = { id, image: image && !isRefusal(image) ? image : undefined };
      return head;
    },
    take() {
      head = undefined;
    },
  };
}
