// Measures the throughput of the parsers; baseline: Buffer.copy of the same bytes in the same run.

import { execFileSync } from 'node:child_process';
import { allocate } from '../../core/contract/frame.ts';
import type { Parser } from '../../core/contract/plugin.ts';
import { READ_BUFFER } from '../../plugins/kit/image/read-buffer.ts';
import image from '../../plugins/parse/image.ts';
import mjpeg from '../../plugins/parse/mjpeg.ts';
import multipart from '../../plugins/parse/multipart/index.ts';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The baseline from the same run. */
  readonly limitName: string;
  readonly limitValue: number;
  /** value : baseline; 1 means equally fast. */
  readonly ratio: number;
}

const CHUNK = 64 * 1024;
const FRAMES = 30;
const BOUNDARY = 'boundarydonotcross';
const options = { max_frame: 8 * 1024 * 1024 };

/** Medians of at least five rounds; the contenders alternate. */
export async function measure(quick: boolean): Promise<readonly Row[]> {
  const frames = cameraFrames();
  const stream = Buffer.concat(frames);
  const parts = Buffer.concat(
    frames.flatMap((frame) => [
      Buffer.from(`--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${frame.length}\r\n\r\n`),
      frame,
      Buffer.from('\r\n'),
    ]),
  );
  const lengthless = Buffer.concat(
    frames.flatMap((frame) => [
      Buffer.from(`--${BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n`),
      frame,
      Buffer.from('\r\n'),
    ]),
  );
  let count = 0;
  const sink = { image: () => count++, skipped() {} };
  const context = { contentType: `multipart/x-mixed-replace;boundary=${BOUNDARY}` };
  const parsers: Readonly<Record<string, { bytes: Buffer; parser: Parser }>> = {
    'parse/mjpeg': { bytes: stream, parser: mjpeg.create(options, sink, {}) },
    'parse/multipart, Content-Length': { bytes: parts, parser: multipart.create(options, sink, context) },
    'parse/multipart, no Content-Length': { bytes: lengthless, parser: multipart.create(options, sink, context) },
  };
  const target = Buffer.alloc(CHUNK);
  // The read buffer of sources.
  const lent = READ_BUFFER.subarray(0, CHUNK);
  const whole = image.create(options, sink, {});
  const works: Readonly<Record<string, () => number>> = {
    copy: () => inChunks(stream, lent, (chunk) => chunk.copy(target)),
    own: () => {
      let buffer = allocate(frames[0]?.length ?? CHUNK);
      let at = 0;
      return inChunks(stream, lent, (chunk) => {
        if (at + chunk.length > buffer.length) {
          buffer = allocate(frames[0]?.length ?? CHUNK);
          at = 0;
        }
        at += chunk.copy(buffer, at);
      });
    },
    ...Object.fromEntries(
      Object.entries(parsers).map(([name, { bytes, parser }]) => [
        name,
        () => inChunks(bytes, lent, (chunk) => parser.push(chunk)),
      ]),
    ),
    'parse/image, whole messages': () => {
      let spent = 0;
      for (const frame of frames) {
        const start = performance.now();
        whole.push(frame);
        whole.end();
        spent += performance.now() - start;
      }
      return spent;
    },
  };

  const rounds = quick ? 15 : 101;
  const times = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
  for (const work of Object.values(works)) for (let warm = 0; warm < 10; warm++) work();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) times.get(name)?.push(work());
  }
  if (count === 0) throw new Error('the parsers found no frames');

  const rate = (name: string) => stream.length / 1e6 / median(times.get(name) ?? []);
  const limits = [
    ['Buffer.copy, one target', rate('copy')],
    ['Buffer.copy, a new buffer per frame', rate('own')],
  ] as const;
  return Object.keys(works)
    .slice(2)
    .flatMap((name) =>
      limits.map(([limitName, limitValue]) => ({
        name,
        value: rate(name),
        unit: 'GB/s',
        limitName,
        limitValue,
        ratio: rate(name) / limitValue,
      })),
    );
}

/** Noisy 1280x720 pictures of about 100 KB, as from a camera, with an FF about every 220 bytes. */
function cameraFrames(): readonly Buffer[] {
  const source = `testsrc2=size=1280x720:rate=30,noise=alls=9:allf=t`;
  const input = ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(FRAMES), '-q:v', '5'];
  const bytes = execFileSync('ffmpeg', [...input, '-f', 'image2pipe', '-c:v', 'mjpeg', '-'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const frames: Buffer[] = [];
  const parser = mjpeg.create(options, { image: ({ data }) => frames.push(data), skipped() {} }, {});
  parser.push(bytes);
  parser.end();
  return frames;
}

/** Milliseconds spent in `take`. Each chunk is first copied into one reused buffer, as from a socket; that is not counted. */
function inChunks(bytes: Buffer, lent: Buffer, take: (chunk: Buffer) => void): number {
  let spent = 0;
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const chunk = lent.subarray(0, bytes.copy(lent, 0, at, at + CHUNK));
    const start = performance.now();
    take(chunk);
    spent += performance.now() - start;
  }
  return spent;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const { name, value, unit, limitName, limitValue, ratio } of await measure(process.argv.includes('--quick'))) {
    const figures = `${value.toFixed(2)} ${unit} : ${limitValue.toFixed(2)} ${unit} = ${ratio.toFixed(2)}`;
    process.stdout.write(`${name.padEnd(36)} ${figures.padEnd(34)} ${limitName}\n`);
  }
}
