// What a film has so far: its chunks, kept in a file so that a film that was cut short goes on from there.

import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilmSize } from './ffmpeg.ts';

export interface Chunk {
  /** Undefined when no picture of it was whole. */
  readonly file?: string;
  /** The id of the last picture that belongs to it. */
  readonly last: string;
  readonly pictures: number;
  /** Torn pictures, and those that are gone. */
  readonly skipped: number;
}

export interface Journal {
  /** What the film is made of; another one begins anew. */
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
    // Nothing is there, or something else.
  }
  return { spec, chunks: [] };
}

/** Whole or not at all: a chunk that is not in it is made again. */
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
