// Runs ffmpeg for a film: encodes one chunk from pictures on its stdin, and joins all chunks without encoding them again.

import { setPriority } from 'node:os';
import type { ImageType } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/problems.ts';
import { type Child, startChild } from '../process/child.ts';

export interface FilmSize {
  readonly width: number;
  readonly height: number;
}

/** The lowest priority of the system. */
const NICE = 19;
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 2000;
const FILE_INPUTS = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y'];

/** The size of a film from its first picture: even numbers, as H.264 requires, and no wider than `most`. */
export function filmSize({ width, height }: FilmSize, most: number): FilmSize {
  const scale = Math.min(1, most / width);
  const even = (value: number): number => Math.max(2, Math.round((value * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** One core, and no B frames, so that chunks join without a gap. */
export const chunkArguments = (type: ImageType, { width, height }: FilmSize, fps: number, file: string): string[] => [
  'ffmpeg',
  ...FILE_INPUTS,
  ...['-f', 'image2pipe', '-framerate', String(fps), '-c:v', type === 'image/png' ? 'png' : 'mjpeg', '-i', 'pipe:0'],
  ...['-an', '-vf', fitted(width, height), '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-bf', '0'],
  ...['-threads', '1', '-filter_threads', '1', '-video_track_timescale', '90000', '-f', 'mp4', file],
];

const fitted = (width: number, height: number): string =>
  [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`,
    'setsar=1',
    'format=yuv420p',
  ].join(',');

const joinArguments = (list: string, file: string): string[] => [
  'ffmpeg',
  ...FILE_INPUTS,
  ...['-f', 'concat', '-safe', '1', '-i', list, '-c', 'copy', '-movflags', '+faststart', '-f', 'mp4', file],
];

export interface Encoding {
  /** Waits while ffmpeg is busy. */
  add(picture: Buffer): Promise<void>;
  /** Resolves when the file is complete. */
  end(): Promise<void>;
}

/** `folder`: base of relative file names. */
export async function encodeChunk(argv: readonly string[], folder: string, signal: AbortSignal): Promise<Encoding> {
  const { child, ended } = await run(argv, folder, signal, true);
  return {
    async add(picture) {
      if (!(await child.feed(picture))) await ended();
    },
    async end() {
      child.finish();
      await ended();
    },
  };
}

/** `list` and `file` are names in `folder`. */
export async function joinChunks(list: string, file: string, folder: string, signal: AbortSignal): Promise<void> {
  const { ended } = await run(joinArguments(list, file), folder, signal, false);
  await ended();
}

async function run(argv: readonly string[], folder: string, signal: AbortSignal, input: boolean) {
  let lastLine = '';
  const child: Child = await startChild({
    argv,
    cwd: folder,
    grace: GRACE,
    input,
    onOutput: () => {},
    onErrorLine: (line) => {
      lastLine = line;
    },
  });
  try {
    setPriority(child.pid, NICE);
  } catch {
    // The process has ended already.
  }
  const stop = (): void => void child.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return {
    child,
    /** Throws if ffmpeg failed. */
    async ended(): Promise<void> {
      const { code, signal: by } = await child.ended;
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
      if (code === 0) return;
      const how = by === null ? `ended with status ${code}` : `was ended by ${by}`;
      throw environment('command-ended', `ffmpeg ${how}${lastLine === '' ? '' : `: ${lastLine}`}.`);
    },
  };
}
