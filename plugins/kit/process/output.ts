// Runs a program to its end and returns its output, within limits of time and size.

import { startChild } from './child.ts';

/** Bytes of output to keep. */
const MAX_TEXT = 256 * 1024;
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_MS = 500;

export interface Output {
  /** Undefined when it was stopped, because it took too long or the signal aborted. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** @throws Fault `environment`, `no-command`, when it cannot be started */
export async function outputOf(argv: readonly string[], ms: number, signal?: AbortSignal): Promise<Output> {
  const parts: Buffer[] = [];
  let size = 0;
  let err = '';
  const child = await startChild({
    argv,
    grace: GRACE_MS,
    // Its output is parsed, so it must not be translated.
    env: { LC_ALL: 'C' },
    onOutput(chunk) {
      if (size < MAX_TEXT) parts.push(chunk);
      size += chunk.length;
    },
    onErrorLine(line) {
      if (err.length < MAX_TEXT) err += `${line}\n`;
    },
  });
  const stop = (): void => void child.stop();
  const timer = setTimeout(stop, ms);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const { code } = await child.ended;
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  return { code: code ?? undefined, out: Buffer.concat(parts).toString('utf8').slice(0, MAX_TEXT), err };
}
