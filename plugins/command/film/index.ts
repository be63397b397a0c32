// `camd film SOURCE`: makes an MP4 of stored pictures, and resumes an interrupted attempt.

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import { type Args, type Command, EXIT, type Io, UsageError } from '../../../core/cli/command.ts';
import { isFault } from '../../../core/contract/problems.ts';
import { makeFilm } from '../../kit/film/film.ts';
import { folderPictures } from './folder.ts';
import { historyPictures } from './history.ts';
import type { Source } from './source.ts';

/** Milliseconds between two lines of progress. */
const EVERY = 2000;

const film: Command = {
  name: 'film',
  summary: 'Make a film of stored pictures',
  usage: [
    'film FOLDER|URL [--camera ID] [--from TIME] [--to TIME] [--fps N] [--width N] [--chunk N] [--authorization FILE] [--out FILE]',
  ],
  details:
    'FOLDER contains pictures, such as the folder of store/disk; they are used in the order of their names. URL is the\npage of http/history of a running camd, such as http://127.0.0.1:8080/history. Torn pictures are skipped. ffmpeg\nencodes the film (H.264, MP4) in chunks next to FILE, at the lowest priority: after an interruption, the same\ncommand resumes after the last complete chunk.',
  options: {
    camera: { type: 'string', value: 'ID', description: 'the camera; for a FOLDER, the folder of this name in it' },
    from: { type: 'string', value: 'TIME', description: 'the earliest time, such as 2026-11-20T08:00+01:00' },
    to: { type: 'string', value: 'TIME', description: 'the end; pictures of this time are not included' },
    fps: { type: 'string', value: 'N', default: '25', description: 'pictures per second of the film' },
    width: { type: 'string', value: 'N', default: '1280', description: 'the greatest width of the film in pixels' },
    chunk: {
      type: 'string',
      value: 'N',
      default: '500',
      description: 'pictures per chunk; an interruption loses at most one chunk',
    },
    authorization: { type: 'string', value: 'FILE', description: 'a file with the value of the header Authorization' },
    out: { type: 'string', short: 'o', value: 'FILE', default: 'film.mp4', description: 'the film' },
  },
  words: { least: 1, most: 1 },

  async run(io, args) {
    const [from = ''] = args.positionals;
    const ending = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) io.onSignal(signal, () => ending.abort());
    const source = await sourceOf(io, args);
    const out = resolve(io.cwd, args.text('out') ?? 'film.mp4');
    let reportedAt = Number.NEGATIVE_INFINITY;
    try {
      const url = /^https?:\/\//.test(from) ? new URL(from) : undefined;
      if (url && source.camera === undefined)
        throw new UsageError('a history has several cameras; choose one with --camera');
      const folder = resolve(io.cwd, from);
      if (!url && !(await isFolder(folder))) throw new UsageError(`${from} is neither a folder nor a URL`);
      const { pictures, skipped } = await makeFilm({
        folder: `${out}.parts`,
        out,
        spec: JSON.stringify([url?.href ?? folder, source.camera, source.from, source.to]),
        fps: numberOf(args, 'fps', 1, 120),
        width: numberOf(args, 'width', 16, 7680),
        chunk: numberOf(args, 'chunk', 1, 100_000),
        pictures: url ? historyPictures(url, source, ending.signal) : await folderPictures(folder, source),
        signal: ending.signal,
        onProgress(progress) {
          if (performance.now() - reportedAt < EVERY) return;
          reportedAt = performance.now();
          io.err(`${progress.pictures} pictures, ${progress.skipped} skipped\n`);
        },
      });
      io.out(`${out}: ${pictures} pictures, ${skipped} skipped\n`);
      return EXIT.ok;
    } catch (cause) {
      if (ending.signal.aborted) {
        io.err('The film was interrupted. The same command resumes after the last complete chunk.\n');
        return EXIT.crashed;
      }
      if (!isFault(cause)) throw cause;
      io.err(`${cause.message}\n`);
      return EXIT.machine;
    }
  },
};
export default film;

async function sourceOf(io: Io, args: Args): Promise<Source> {
  const file = args.text('authorization');
  const camera = args.text('camera');
  if (camera !== undefined && !CAMERA_ID.test(camera))
    throw new UsageError(`"camera" must be the id of a camera, not "${camera}"`);
  return {
    camera,
    from: timeOf(args, 'from'),
    to: timeOf(args, 'to'),
    authorization: file === undefined ? undefined : (await readFile(resolve(io.cwd, file), 'utf8')).trim(),
  };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

function timeOf(args: Args, flag: string): number | undefined {
  const text = args.text(flag);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new UsageError(`--${flag} must be a time such as 2026-11-20T08:00+01:00, not "${text}"`);
  return time;
}

function numberOf(args: Args, flag: string, least: number, most: number): number {
  const value = Number(args.text(flag));
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UsageError(`--${flag} must be a whole number from ${least} to ${most}, not "${args.text(flag)}"`);
  return value;
}
