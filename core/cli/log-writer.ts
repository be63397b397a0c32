// Destination and format of log lines: JSON for machines, colours for terminals.

import { fstatSync } from 'node:fs';
import type { LogOptions } from '../profile/profile.ts';
import type { Io } from './command.ts';

export interface LogWriter {
  readonly write: (line: string) => void;
  /** Applies the profile's settings; command-line options override them. */
  format(wanted: LogOptions['format']): Promise<void>;
  /** True if lines are formatted for people. */
  readonly pretty: boolean;
}

export function logWriter(io: Io, forced: string | undefined): LogWriter {
  let print = (line: string): string => line;
  let pretty = forced === 'pretty' || (forced !== 'json' && io.terminal);
  const mark = isJournal(io) ? byPriority : (_line: string, text: string): string => text;
  return {
    write: (line) => io.err(mark(line, print(line))),
    get pretty() {
      return pretty;
    },
    async format(wanted) {
      const format = forced ?? wanted;
      pretty = format === 'pretty' || (format === 'auto' && io.terminal);
      print = pretty ? await prettyPrinter(io.tty.err) : (line) => line;
    },
  };
}

/** JOURNAL_STREAM, set by systemd, has the device and inode of the journal; standard error may be another file (systemd.exec(5)). */
function isJournal(io: Io): boolean {
  const named = io.env.JOURNAL_STREAM;
  if (named === undefined || io.terminal) return false;
  try {
    const { dev, ino } = fstatSync(STDERR);
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

const STDERR = 2;
/** sd-daemon(3): the number of the level before each line. */
const PRIORITIES: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

function byPriority(line: string, text: string): string {
  const level = /"level":"(\w+)"/.exec(line)?.[1] ?? 'info';
  const prefix = `<${PRIORITIES[level] ?? 6}>`;
  return text.replace(/^(?=.)/gm, prefix);
}

async function prettyPrinter(colorize: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const print = prettyFactory({
    colorize,
    ignore: 'node',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{if node}[{node}] {end}{msg}',
  });
  return (line) => print(line) ?? line;
}
