// Cuts the output of v4l2-ctl into the driver's buffers, by the line that --verbose writes for each of them.

import { createCollector } from '../../kit/image/collector.ts';

/** One line of `--verbose`, such as "cap dqbuf: 1 seq:      5 bytesused: 20354 ts: 29.689307 delta: 33.3 ms (ts-monotonic, ts-src-soe)". */
export interface BufferLine {
  /** The driver's count; a gap means that it had no buffer for a picture. */
  readonly sequence: number;
  readonly bytes: number;
  /** Milliseconds on CLOCK_MONOTONIC when the driver took the picture; undefined when it uses another clock. */
  readonly taken: number | undefined;
  /** The driver marks the picture as damaged, and v4l2-ctl does not write it. */
  readonly damaged: boolean;
}

const LINE = /^cap dqbuf:\s*\d+ seq:\s*(\d+) bytesused: ([\d/]+)(?: offset: ([\d/]+))?/;

export function parseBufferLine(line: string): BufferLine | undefined {
  const [, sequence, used = '', offset = '0'] = LINE.exec(line) ?? [];
  if (sequence === undefined) return undefined;
  const time = /\bts: (\d+\.\d+)/.exec(line)?.[1];
  const flags = /\(([^)]*)\)\s*$/.exec(line)?.[1]?.split(', ') ?? [];
  return {
    sequence: Number(sequence),
    bytes: sum(used) - sum(offset),
    taken: time !== undefined && flags.includes('ts-monotonic') ? Number(time) * 1000 : undefined,
    damaged: flags.includes('error'),
  };
}

const sum = (planes: string): number => planes.split('/').reduce((total, plane) => total + Number(plane), 0);

export interface Cutter {
  /** Bytes of stdout; they are not copied before the buffer is complete. */
  push(chunk: Buffer): void;
  /** A line of stderr; false if it describes no buffer. */
  line(text: string): boolean;
}

export interface CutterOptions {
  /** Buffers that v4l2-ctl skips (`--stream-skip`): it writes their lines and not their bytes. */
  readonly skip: number;
  /** True for formats whose pictures begin with FF D8: text before the first one is skipped. */
  readonly jpeg: boolean;
  /** Bytes that may wait for their line. */
  readonly most: number;
  onBuffer(data: Buffer, line: BufferLine): void;
  /** More bytes wait than `most`. */
  onOverflow(bytes: number): void;
}

const START = Buffer.from([0xff, 0xd8]);

/** v4l2-ctl writes a buffer to one pipe and then its line to another: either may be read first. */
export function createCutter(options: CutterOptions): Cutter {
  const { jpeg, most, onBuffer, onOverflow } = options;
  const collector = createCollector();
  const chunks: Buffer[] = [];
  const lines: BufferLine[] = [];
  let waiting = 0;
  let skip = options.skip;
  let begun = !jpeg;

  const take = (bytes: number): Buffer => {
    collector.expect(bytes);
    let left = bytes;
    while (left > 0) {
      const [chunk] = chunks;
      if (!chunk) break;
      const step = Math.min(left, chunk.length);
      collector.append(chunk, 0, step);
      left -= step;
      if (step === chunk.length) chunks.shift();
      else chunks[0] = chunk.subarray(step);
    }
    waiting -= bytes;
    return collector.take();
  };
  /** A greeting of the tool on stdout must not shift every picture that follows. */
  const skipText = (): void => {
    const head = Buffer.concat(chunks);
    const found = head.indexOf(START);
    if (found === -1) return;
    begun = true;
    chunks.splice(0, chunks.length, head.subarray(found));
    waiting = head.length - found;
  };
  const cut = (): void => {
    if (!begun) skipText();
    for (let line = lines[0]; line !== undefined && begun && line.bytes <= waiting; line = lines[0]) {
      lines.shift();
      onBuffer(take(line.bytes), line);
    }
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      waiting += chunk.length;
      cut();
      if (waiting <= most) return;
      const bytes = waiting;
      chunks.length = 0;
      waiting = 0;
      onOverflow(bytes);
    },
    line(text) {
      const line = parseBufferLine(text);
      if (!line) return false;
      if (line.damaged || line.bytes <= 0) return true;
      if (skip > 0) skip--;
      else {
        lines.push(line);
        cut();
      }
      return true;
    },
  };
}
