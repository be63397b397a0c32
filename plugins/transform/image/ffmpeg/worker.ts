// One running ffmpeg that changes pictures, one at a time.

import type { Clock } from '../../../../core/base/clock.ts';
import type { Log } from '../../../../core/base/log.ts';
import { rejected } from '../../../../core/contract/final.ts';
import { environment, type Fault } from '../../../../core/contract/problems.ts';
import { type Child, startChild } from '../../../kit/process/child.ts';
import { createStderrLog } from '../../../kit/process/stderr-log.ts';

export interface Worker {
  /** False once it has ended or must not be used again. */
  usable(): boolean;
  /** One picture at a time. Rejects permanently if the picture is damaged. */
  change(jpeg: Buffer): Promise<Buffer>;
  stop(): Promise<void>;
}

const GRACE_MS = 1_000;
/** A picture takes some 10 ms, the first one 300; beyond this limit, ffmpeg hangs. */
export const MOST_MS = 15_000;
/** A line on stderr belongs to the picture in work, unless its result comes within this time. */
const LINE_MS = 500;
/** A larger result is not a valid picture. */
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Messages of ffmpeg about a picture, and not about an encoder or a device. */
const DAMAGE = /\[mjpeg @|error while decoding|invalid data found/i;
const LINE_END = Buffer.from('\r\n');
const EOI = Buffer.from([0xff, 0xd9]);

/** The picture in work. */
interface Job {
  readonly parts: Buffer[];
  length: number;
  resolve(picture: Buffer): void;
  reject(cause: unknown): void;
}

/** A damaged picture would fail again; after any other failure, such as busy graphics hardware, a retry may work. */
function faultOf(what: string, line: string | undefined): Fault {
  const why = line === undefined ? `${what}.` : `${what}; it said: ${line}`;
  return line !== undefined && DAMAGE.test(line) ? rejected(why) : environment('transform-failed', why);
}

/** True if these chunks end with EOI, which may be split over two of them. */
export function endsPicture(chunks: readonly Buffer[]): boolean {
  const [last, before] = [chunks.at(-1), chunks.at(-2)];
  if (last?.length !== 1) return last?.subarray(-2).equals(EOI) === true;
  return last[0] === EOI[1] && before?.at(-1) === EOI[0];
}

/** Rejects if ffmpeg cannot be started. */
export async function startWorker(argv: readonly string[], log: Log, clock: Clock): Promise<Worker> {
  const stderr = createStderrLog(log, clock);
  let job: Job | undefined;
  let isUsable = true;
  /** Why it accepts no picture. */
  let ending = 'This ffmpeg is not free.';

  const settle = (act: (job: Job) => void): void => {
    const done = job;
    job = undefined;
    if (done) act(done);
  };
  /** Ends ffmpeg: after a failure, the picture of a later result is unknown. */
  const fail = (cause: unknown): void => {
    isUsable = false;
    settle(({ reject }) => reject(cause));
    void child.stop();
  };
  const onOutput = (chunk: Buffer): void => {
    if (!job) return;
    job.parts.push(chunk);
    job.length += chunk.length;
    if (job.length > MAX_OUTPUT) fail(environment('transform-failed', 'ffmpeg returned more than 64 MiB.'));
    // Pixels never contain this marker (T.81 B.1.1.5), so that a chunk which ends with it ends the picture.
    else if (endsPicture(job.parts)) {
      const { parts, length } = job;
      settle(({ resolve }) => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length)));
    }
  };
  const onErrorLine = (line: string): void => {
    stderr.line(line);
    const current = job;
    if (!current) return;
    void clock.sleep(LINE_MS).then(() => {
      if (job === current) fail(faultOf('ffmpeg gave no picture', stderr.lastErrorLine()));
    });
  };
  const child: Child = await startChild({ argv, input: true, grace: GRACE_MS, onOutput, onErrorLine });
  void child.ended.then(({ code, signal }) => {
    isUsable = false;
    const fault = faultOf(`ffmpeg ended with ${signal ?? `status ${code}`}`, stderr.lastErrorLine());
    ending = fault.message;
    settle(({ reject }) => reject(fault));
  });

  return {
    usable: () => isUsable,
    async change(jpeg) {
      if (!isUsable || job) throw environment('transform-failed', ending);
      const late = new AbortController();
      const result = new Promise<Buffer>((resolve, reject) => {
        job = { parts: [], length: 0, resolve, reject };
      });
      const current = job;
      const head = `--camd\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
      for (const bytes of [Buffer.from(head), jpeg, LINE_END]) void child.feed(bytes);
      clock.sleep(MOST_MS, late.signal).then(
        () => {
          if (job === current) fail(environment('transform-failed', `ffmpeg gave no picture within ${MOST_MS} ms.`));
        },
        () => {},
      );
      return result.finally(() => late.abort());
    },
    async stop() {
      isUsable = false;
      settle(({ reject }) => reject(environment('transform-failed', 'The node has stopped.')));
      await child.stop();
    },
  };
}
