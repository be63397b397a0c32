// Runs v4l2-ctl: once for its text, or as a stream of the driver's buffers.

import type { Clock } from '../../../core/base/clock.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { type Exit, startChild } from '../../kit/process/child.ts';

/** Found by the PATH, from Debian's v4l-utils. */
const PROGRAM = 'v4l2-ctl';
/** What one call may print; `--list-formats-ext` of a large camera is about 20 KiB. */
const MAX_TEXT = 256 * 1024;
/** Between SIGTERM and SIGKILL; the driver lets go of the device in either case. */
const GRACE_MS = 500;

export interface Said {
  readonly out: string;
  readonly err: string;
  readonly exit: Exit;
  /** True when it was stopped because it took too long. */
  readonly late: boolean;
}

const MISSING = 'v4l2-ctl was not found: install the package v4l-utils.';

/** Runs it to its end; its exit status says little, so it is for the caller to read the text. @throws Fault `no-command` */
export async function ask(
  args: readonly string[],
  signal: AbortSignal,
  clock: Pick<Clock, 'sleep'>,
  timeoutMs: number,
): Promise<Said> {
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
 * Runs it until it ends or the signal aborts; nothing of it is left when the promise settles. With `--stream-to=-` and without a
 * `count` its stdout is not buffered: the end of each picture would otherwise come with the next one.
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
    // Its messages are read, so they must not be translated.
    return await startChild({ argv, grace: GRACE_MS, env: { LC_ALL: 'C' }, ...handlers });
  } catch (cause) {
    throw environment('no-command', MISSING, cause);
  }
}
