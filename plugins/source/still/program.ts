// One run of the program that takes the pictures: when it is ready, how it is triggered, and why it ended.

import { formatDuration, type Milliseconds, parseUnit } from '../../../core/base/units.ts';
import { environment, type Fault } from '../../../core/contract/problems.ts';
import type { SourceStillOptions } from '../../../schemas/source/still.ts';
import type { SourceNode } from '../../kit/capture/sink.ts';
import { type Exit, startChild } from '../../kit/process/child.ts';
import { createStderrLog } from '../../kit/process/stderr-log.ts';
import type { CommandLine } from './command.ts';
import { explain } from './reasons.ts';

export interface Program {
  /** "The command rpicam-still". */
  readonly what: string;
  /** Resolves when it can be triggered; rejects when it is not ready in time or has ended before. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the program and all of its children have ended. Never rejects. */
  readonly ended: Promise<Fault>;
  trigger(): void;
  /** Why no picture has arrived, from the program's stderr; undefined if that has no explanation. */
  complaint(): string | undefined;
  /** Resolves when the program and all of its children have ended. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly command: CommandLine;
  /** Added to the time between the program's readiness and its first trigger. */
  readonly extra: Milliseconds;
  onOutput(chunk: Buffer): void;
}

/** 128 + SIGUSR1: how a shell reports a child that the signal ended. */
const STATUS_USR1 = 138;
/** The code of a program that the trigger has ended. */
export const NOT_READY = 'not-ready';

export async function startProgram(
  node: SourceNode,
  options: SourceStillOptions,
  { command: { program, argv }, extra, onOutput }: ProgramOptions,
): Promise<Program> {
  const { clock } = node;
  const what = `The command ${program}`;
  const time = parseUnit('duration', options.ready);
  const control = new AbortController();
  let isReady = false;
  let onReadyLine = (): void => {};
  const line = new Promise<void>((resolve) => {
    onReadyLine = resolve;
  });
  // rpicam-still writes ten lines and more for each picture, which only help to find a fault.
  const { debug, info } = node.log;
  const stderrLog = createStderrLog({ ...node.log, info: (...entry) => (isReady ? debug : info)(...entry) }, clock);
  let explanation: string | undefined;
  const child = await startChild({
    argv,
    env: options.env,
    cwd: options.cwd === undefined ? undefined : node.resolve(options.cwd),
    grace: options.grace,
    input: true,
    onOutput,
    onErrorLine(text) {
      stderrLog.line(text);
      explanation = explain(text) ?? explanation;
      if (time === undefined && text.includes(options.ready)) onReadyLine();
    },
  });
  node.metrics.count('starts_total');
  const complaint = (): string | undefined => {
    const lastLine = stderrLog.lastErrorLine();
    return explanation === undefined ? lastLine && `it said: ${lastLine}` : `${explanation} It said: ${lastLine}`;
  };

  const ended = child.ended.then((exit) => {
    control.abort();
    return exitFault(what, exit, complaint());
  });
  const settle = async (): Promise<void> => {
    const late = new AbortController();
    const limit = clock.sleep(options.start_timeout, late.signal).then(() => {
      const seconds = formatDuration(options.start_timeout);
      const hint = `no line with "${options.ready}" came; set "ready" to such a line or to a time`;
      throw environment('not-ready', `${what} was not ready within ${seconds}: ${complaint() ?? hint}.`);
    });
    limit.catch(() => {});
    try {
      await Promise.race([time === undefined ? line : clock.sleep(time, control.signal), limit]);
    } finally {
      late.abort();
    }
    if (extra > 0) await clock.sleep(extra, control.signal);
    isReady = true;
  };
  const ready = Promise.race([settle(), ended.then((fault) => Promise.reject(fault))]);
  ready.catch(() => {});

  return {
    what,
    ready,
    ended,
    trigger() {
      if (options.trigger === 'USR1') child.signal('SIGUSR1');
      else child.write('\n');
    },
    complaint,
    async stop() {
      // The signal would end a program that is not ready; one that is ready closes the camera on SIGUSR2.
      await child.stop(() => {
        if (options.trigger === 'USR1') child.signal('SIGUSR2');
        else child.write('x\n');
      });
    },
  };
}

function exitFault(what: string, exit: Exit, complaint: string | undefined): Fault {
  if (exit.signal === 'SIGUSR1' || exit.code === STATUS_USR1) {
    const why = `${what} was ended by the signal that asks for a picture, so it was not ready yet; it gets more time now.`;
    return environment(NOT_READY, why);
  }
  const how = exit.signal === null ? `ended with status ${exit.code}` : `was ended by ${exit.signal}`;
  return environment('command-ended', `${what} ${how}${complaint === undefined ? '' : `. ${complaint}`}`);
}
