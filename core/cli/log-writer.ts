// Where log lines go and in which form: JSON for machines, colours for terminals.

import type { LogOptions } from '../profile/profile.ts';
import type { Io } from './command.ts';

export interface LogWriter {
  readonly write: (line: string) => void;
  /** The profile's settings; command-line options override them. */
  format(wanted: LogOptions['format']): Promise<void>;
  /** Whether standard error is a terminal. */
  readonly pretty: boolean;
}

export function logWriter(io: Io, forced: string | undefined): LogWriter {
  let print = (line: string): string => line;
  let pretty = forced === 'pretty' || (forced !== 'json' && io.tty.err);
  return {
    write: (line) => io.err(print(line)),
    get pretty() {
      return pretty;
    },
    async format(wanted) {
      const format = forced ?? wanted;
      pretty = format === 'pretty' || (format === 'auto' && io.tty.err);
      print = pretty ? await prettyPrinter(io.tty.err) : (line) => line;
    },
  };
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
