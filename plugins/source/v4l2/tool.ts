// Runs v4l2-ctl: once for its text, or as a stream of the driver's buffers.

import type { Clock } from '../../../core/base/clock.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { type Exit, startChild } from '../../kit/process/child.ts';

/** Found by the PATH, from Debian's v4l-utils. */
const PROGRAM = 'v4l2-ctl';
/** Limit of the output of one call, in bytes; `--list-formats-ext` of a large camera is about 20 KiB. */
const MAX_TEXT = 256 * 1024;
/** Between SIGTERM and SIGKILL; the driver releases the device in either case. */
const GRACE_MS = 500;

export interface ToolOutput {
  readonly out: string;
  readonly err: string;
  readonly exit: Exit;
  /** True when it was stopped because it took too long. */
  readonly late: boolean;
}

const MISSING = 'v4l2-ctl was not found: install the package v4l-utils.';

/** Runs v4l2-ctl to its end. Its exit status is no indication of success: callers check the text. @throws Fault `no-command` */
export async function runTool(
  args: readonly string[],
  signal: AbortSignal,
  clock: Pick<Clock, 'sleep'>,
  timeoutMs: number,
): Promise<ToolOutput> {
  let out = '';
  let err = '';
  const child = await start([PROGRAM, ...args], {
    onOutput(chunk) {
      if (out.length < MAX_TEXT) out += chunk.toString('latin1');
    },
    onErrorLine(line) {
      if (err.length < MAX_TEXT) err += `${line}\n`;
    },
  });
  let late = false;
  const stop = (): void => void child.stop();
  const ended = new AbortController();
  clock.sleep(timeoutMs, ended.signal).then(
    () => {
      late = true;
      stop();
    },
    () => {},
  );
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const exit = await child.ended;
  ended.abort();
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return { out: Buffer.from(out, 'latin1').toString('utf8'), err, exit, late };
}

export interface StreamHandlers {
  onOutput(chunk: Buffer): void;
  onErrorLine(line: string): void;
}

/**
 * Runs v4l2-ctl until it ends or the signal aborts; it has exited when the promise settles. With `--stream-to=-` and without a
 * `count` its stdout is not buffered: otherwise the end of each picture would arrive with the next one.
 */
export async function stream(
  args: readonly string[],
  unbuffered: boolean,
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<Exit> {
  const child = await start([...(unbuffered ? ['stdbuf', '-o0'] : []), PROGRAM, ...args], handlers);
  const stop = (): void => void child.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const exit = await child.ended;
  signal.removeEventListener('abort', stop);
  return exit;
}

async function start(argv: readonly string[], handlers: StreamHandlers) {
  try {
    // Its messages are parsed, so they must not be translated.
    return await startChild({ argv, grace: GRACE_MS, env: { LC_ALL: 'C' }, ...handlers });
  } catch (cause) {
    throw environment('no-command', MISSING, cause);
  }
}
