// One run of a source's command: passes its bytes to a callback and turns its end into a message.

import { basename } from 'node:path';
import type { Milliseconds } from '../../../core/base/units.ts';
import { environment, type Fault } from '../../../core/contract/problems.ts';
import type { SourceNode } from '../capture/sink.ts';
import { type Exit, startChild } from './child.ts';
import { createStderrLog } from './stderr-log.ts';

export interface CommandOptions {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly grace: Milliseconds;
  /** Default: "The command" and the program's name. */
  readonly what?: string;
  /** Translates a line of stderr into a helpful message; undefined keeps the line. */
  readonly explain?: (line: string) => string | undefined;
}

export interface Command {
  /** For messages, such as "The command rpicam-vid". */
  readonly what: string;
  /**
   * Runs the command until it ends or the signal aborts; all its processes are gone when the promise settles.
   * @returns a message about its end, given the number of bytes it wrote
   * @throws Fault `environment`: it cannot be started
   */
  run(signal: AbortSignal, onOutput: (chunk: Buffer) => void): Promise<(bytes: number) => Fault>;
}

export function createCommand(node: SourceNode, options: CommandOptions): Command {
  const [program = ''] = options.command;
  const what = options.what ?? `The command ${basename(program)}`;
  const stderrLog = createStderrLog(node.log, node.clock);
  return {
    what,
    async run(signal, onOutput) {
      stderrLog.reset();
      const child = await startChild({
        argv: options.command,
        env: options.env,
        cwd: options.cwd === undefined ? undefined : node.resolve(options.cwd),
        grace: options.grace,
        onOutput,
        onErrorLine: stderrLog.line,
      });
      node.metrics.count('starts_total');
      const stop = (): void => void child.stop();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      const exit = await child.ended;
      signal.removeEventListener('abort', stop);
      return (bytes) => {
        const lastLine = stderrLog.lastErrorLine();
        const explained = lastLine === undefined ? undefined : options.explain?.(lastLine);
        return environment('command-ended', explained ?? exitMessage(what, exit, bytes, lastLine));
      };
    },
  };
}

/** Exit codes are not enough: v4l2-ctl exits with 0 and writes nothing when the camera is busy. */
function exitMessage(what: string, exit: Exit, bytes: number, lastLine: string | undefined): string {
  const how = exit.signal === null ? `ended with status ${exit.code}` : `was ended by ${exit.signal}`;
  const wrote = bytes === 0 ? ' and wrote no bytes' : '';
  return `${what} ${how}${wrote}${lastLine === undefined ? '.' : `; it said: ${lastLine}`}`;
}
