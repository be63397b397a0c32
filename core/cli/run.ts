// `camd --config P`: runs a profile until it is told to stop. Signals come from the Io; what runs is the daemon's business.

import { systemClock } from '../clock.ts';
import { createDaemon } from '../daemon.ts';
import { createLog, type LogControl } from '../log.ts';
import { createListeners } from '../net/listeners.ts';
import { sentence } from '../problems.ts';
import { renderProblems } from '../profile/render.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { CONFIG, read } from './reading.ts';
import { version } from './version.ts';

/** Stopping takes at most this long, whatever a node does. */
export const SHUTDOWN_MS = 10_000;

const command: Command = {
  name: 'run',
  summary: 'run a profile until SIGTERM or SIGINT; SIGHUP reloads it',
  usage: ['--config PROFILE'],
  options: {
    config: CONFIG,
    'log-format': {
      type: 'string',
      value: 'FORMAT',
      choices: ['auto', 'json', 'pretty'],
      description: 'auto: pretty on a terminal, JSON elsewhere; overrides the profile',
    },
  },
  words: { least: 0, most: 1 },
  async run(io, args) {
    const file = args.text('config') ?? args.positionals[0];
    if (file === undefined) throw new UsageError('"camd run" needs a profile: camd --config PROFILE');

    // Before anything else: a SIGHUP without a handler would end the process.
    const signals = watchSignals(io);
    const log = await openLog(io, args.text('log-format'));
    const listeners = createListeners();
    const daemon = createDaemon({
      read: async () => {
        const reading = await read(io, file);
        if (reading.problems.length > 0) {
          const color = io.tty.err;
          io.err(`${renderProblems(reading.problems, reading.sources, { format: 'text', cwd: io.cwd, color })}\n`);
        }
        return reading;
      },
      log,
      clock: systemClock,
      listeners,
      version: version(),
    });

    const wrong = await daemon.start();
    if (wrong) return EXIT.profile;
    log.info('camd is up', { version: version(), nodes: daemon.profile?.nodes.size, pid: process.pid });
    signals.onReload(() => void daemon.reload());
    const signal = await signals.stop;
    log.info('camd is stopping', { signal });
    const clean = await bounded(daemon.stop());
    if (!clean) log.error('camd did not stop in time and ends now', { bound_ms: SHUTDOWN_MS });
    else log.info('camd has stopped');
    return clean ? EXIT.ok : EXIT.crashed;
  },
};
export default command;

interface Signals {
  /** Resolves with the first signal that asks for the end. */
  readonly stop: Promise<string>;
  /** Reloads that were asked for before this was called are made up for by one. */
  onReload(reload: () => void): void;
}

function watchSignals(io: Io): Signals {
  let reload: (() => void) | undefined;
  let early = false;
  io.onSignal('SIGHUP', () => {
    if (reload) reload();
    else early = true;
  });
  const stop = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) io.onSignal(signal, () => resolve(signal));
  });
  return {
    stop,
    onReload(wanted) {
      reload = wanted;
      if (early) wanted();
    },
  };
}

async function openLog(io: Io, format: string | undefined): Promise<LogControl> {
  const pretty = format === 'pretty' || (format !== 'json' && io.tty.err);
  if (!pretty) return createLog({ level: 'info', write: io.err });
  const { prettyFactory } = await import('pino-pretty');
  const print = prettyFactory({ colorize: io.tty.err, ignore: 'node', messageFormat: '{if node}[{node}] {end}{msg}' });
  return createLog({ level: 'info', write: (line) => io.err(print(line) ?? line) });
}

async function bounded(work: Promise<void>): Promise<boolean> {
  const bound = new AbortController();
  const late = systemClock.sleep(SHUTDOWN_MS, bound.signal).then(
    () => false,
    () => true,
  );
  const done = work.then(
    () => true,
    (cause: unknown) => Promise.reject(new Error(`stopping failed: ${sentence(cause)}`, { cause })),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    bound.abort();
  }
}
