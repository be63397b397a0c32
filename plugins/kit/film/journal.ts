// The journal of a film: its finished chunks, in a file, so that an interrupted film resumes from there.

import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilmSize } from './ffmpeg.ts';

export interface Chunk {
  /** Undefined if no picture of the chunk was intact. */
  readonly file?: string;
  /** The id of the last picture that belongs to it. */
  readonly last: string;
  readonly pictures: number;
  /** Torn pictures, and pictures that no longer exist. */
  readonly skipped: number;
}

export interface Journal {
  /** Identifies the pictures and settings of the film; with another one the film starts again. */
  readonly spec: string;
  readonly size?: FilmSize;
  readonly chunks: readonly Chunk[];
}

const NAME = 'film.json';

export async function readJournal(folder: string, spec: string): Promise<Journal> {
  const text = await readFile(join(folder, NAME), 'utf8').catch(() => '');
  try {
    const read: unknown = JSON.parse(text);
    if (isJournal(read) && read.spec === spec) return read;
  } catch {
    // The file does not exist, or is not a journal.
  }
  return { spec, chunks: [] };
}

/** Written atomically: a chunk that is not in the journal is encoded again. */
export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  const path = join(folder, NAME);
  const file = await open(`${path}.part`, 'w');
  try {
    await file.writeFile(`${JSON.stringify(journal)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

function isJournal(read: unknown): read is Journal {
  if (typeof read !== 'object' || read === null || !('spec' in read) || !('chunks' in read)) return false;
  return Array.isArray(read.chunks) && read.chunks.every((chunk) => typeof chunk === 'object' && 'last' in chunk);
}
