// Queues films of picture ranges, makes one at a time at the lowest priority, and continues after a restart.

import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { makeFolder } from '../../../core/base/make-folder.ts';
import { createUlid } from '../../../core/base/ulid.ts';
import type { Log, Store } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { type FilmPictures, makeFilm } from '../../kit/film/film.ts';
import type { Range } from './range.ts';

/** Most stored films, complete or not; a new one replaces the oldest complete one. */
export const MAX_FILMS = 20;
/** Most waiting films. */
export const MAX_WAITING = 8;
const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
/** ffmpeg may still write into the folder of a film that is deleted while it is made: then the removal is tried again, for 5 s at most. */
const REMOVAL = { recursive: true, force: true, maxRetries: 9, retryDelay: 100 };

export interface FilmJob extends Range {
  readonly id: string;
  readonly fps: number;
  readonly width: number;
  /** Pictures of the range at the time of the request. */
  readonly total: number;
  readonly is: 'waiting' | 'running' | 'done' | 'failed';
  readonly pictures: number;
  readonly skipped: number;
  /** Size of the film. */
  readonly bytes?: number;
  readonly why?: string;
}

export interface Films {
  list(): readonly FilmJob[];
  /** Undefined when too many films wait or are stored. */
  add(range: Range & Pick<FilmJob, 'fps' | 'width' | 'total'>): Promise<FilmJob | undefined>;
  /** False when the film does not exist. */
  remove(id: string): Promise<boolean>;
  open(
    id: string,
  ): Promise<{ readonly size: number; stream(from: number, to: number): NodeJS.ReadableStream } | undefined>;
  /** Makes `work` check for waiting films again. */
  wake(): void;
  /** Works until the signal aborts. */
  work(signal: AbortSignal): Promise<void>;
}

export interface FilmsOptions {
  readonly folder: string;
  readonly log: Log;
  /** Undefined while the store is not running. */
  store(): Store | undefined;
  now(): number;
}

export async function openFilms({ folder, log, store, now }: FilmsOptions): Promise<Films> {
  const ulid = createUlid();
  const jobs = new Map<string, FilmJob>();
  const running = new Map<string, AbortController>();
  let wake = (): void => {};

  const place = (id: string, name: string): string => join(folder, id, name);
  const save = async (job: FilmJob): Promise<FilmJob> => {
    jobs.set(job.id, job);
    await makeFolder(join(folder, job.id));
    await writeFile(place(job.id, 'job.json.part'), JSON.stringify(job));
    await rename(place(job.id, 'job.json.part'), place(job.id, 'job.json'));
    return job;
  };
  for (const id of (await readdir(folder).catch(() => [])).sort()) {
    const job = ID.test(id) ? await readJob(place(id, 'job.json')) : undefined;
    if (job) jobs.set(id, job.is === 'running' ? { ...job, is: 'waiting' } : job);
  }

  const remove = async (id: string): Promise<boolean> => {
    if (!jobs.delete(id)) return false;
    running.get(id)?.abort();
    await rm(join(folder, id), REMOVAL);
    return true;
  };
  const makeRoom = async (): Promise<boolean> => {
    if (jobs.size < MAX_FILMS) return true;
    const oldest = [...jobs.values()].find(({ is }) => is === 'done' || is === 'failed');
    return oldest !== undefined && remove(oldest.id);
  };

  const make = async (job: FilmJob, from: Store, ending: AbortSignal): Promise<void> => {
    const cancel = new AbortController();
    const signal = AbortSignal.any([ending, cancel.signal]);
    running.set(job.id, cancel);
    const update = (change: Partial<FilmJob>): void =>
      void (jobs.has(job.id) && jobs.set(job.id, { ...job, ...change }));
    try {
      const out = place(job.id, 'film.mp4');
      const made = await makeFilm({
        folder: place(job.id, 'parts'),
        out,
        spec: job.id,
        fps: job.fps,
        width: job.width,
        pictures: storedPictures(from, job),
        signal,
        onProgress: (progress) => update({ is: 'running', ...progress }),
      });
      const { size } = await stat(out);
      if (jobs.has(job.id)) await save({ ...job, is: 'done', ...made, bytes: size });
    } catch (cause) {
      if (signal.aborted || !jobs.has(job.id)) return;
      log.warn('a film could not be made', { camera: job.camera, why: sentence(cause) });
      await save({ ...job, is: 'failed', why: sentence(cause) });
    } finally {
      running.delete(job.id);
      if (!jobs.has(job.id)) await rm(join(folder, job.id), REMOVAL);
    }
  };

  return {
    list: () => [...jobs.values()].reverse(),
    async add(film) {
      const waiting = [...jobs.values()].filter(({ is }) => is === 'waiting').length;
      if (waiting >= MAX_WAITING || !(await makeRoom())) return undefined;
      const job = await save({ ...film, id: ulid(now()), is: 'waiting', pictures: 0, skipped: 0 });
      wake();
      return job;
    },
    remove,
    wake: () => wake(),
    async open(id) {
      const job = jobs.get(id);
      if (job?.is !== 'done') return undefined;
      const { size } = await stat(place(id, 'film.mp4'));
      return { size, stream: (start, end) => createReadStream(place(id, 'film.mp4'), { start, end }) };
    },
    async work(signal) {
      while (!signal.aborted) {
        const next = [...jobs.values()].find(({ is }) => is === 'waiting');
        const from = store();
        if (next && from) await make(next, from, signal);
        else await rest(signal, next ? RETRY : undefined, (ready) => (wake = ready));
      }
    },
  };
}

/** Milliseconds until the next check of a store that is not running. */
const RETRY = 5000;

/** Resolves when the function passed to `onReady` is called, the signal aborts, or `ms` is over. */
const rest = (signal: AbortSignal, ms: number | undefined, onReady: (ready: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    onReady(done);
  });

const storedPictures = (store: Store, { camera, from, to }: Range): FilmPictures => ({
  async list(after, limit) {
    const query = { camera, from, to, order: 'oldest-first', limit } as const;
    return (await store.list(after === undefined ? query : { ...query, after })).map(({ id }) => id);
  },
  async read(id) {
    const found = await store.read(id);
    return found && buffer(found.body);
  },
});

async function readJob(path: string): Promise<FilmJob | undefined> {
  try {
    const job: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof job === 'object' && job !== null && 'id' in job && 'is' in job ? (job as FilmJob) : undefined;
  } catch {
    return undefined;
  }
}
