// `camd --config P`: runs a profile until it is told to stop. What runs is the service's business.

import { systemClock } from '../clock.ts';
import { createDaemon } from '../daemon.ts';
import { createLog } from '../log.ts';
import { createListeners } from '../net/listeners.ts';
import { sentence } from '../problems.ts';
import { createProfileMemory } from '../profile/memory.ts';
import { renderProblems } from '../profile/render.ts';
import { createCatalog } from '../registry.ts';
import { createService } from '../service.ts';
import { inheritedSockets } from '../systemd/sockets.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { logWriter } from './log-writer.ts';
import { CONFIG, read } from './reading.ts';
import { version } from './version.ts';

/** Stopping takes at most this long, whatever a node does. */
export const SHUTDOWN_MS = 10_000;

const command: Command = {
  name: 'run',
  summary: 'Run a profile until SIGTERM or SIGINT; SIGHUP reloads it',
  usage: ['--config PROFILE [--log-format FORMAT]'],
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
    // First of all: a SIGHUP that nobody handles would end the process.
    const signals = watchSignals(io);
    const writer = logWriter(io, args.text('log-format'));
    const log = createLog({ level: 'info', write: writer.write });
    const catalog = createCatalog();
    const memory = createProfileMemory();
    const daemon = createDaemon({
      read: async () => {
        const reading = await read(io, file, catalog, memory);
        if (reading.problems.length > 0) {
          const color = io.tty.err;
          io.err(`${renderProblems(reading.problems, reading.sources, { format: 'text', cwd: io.cwd, color })}\n`);
        }
        if (reading.profile) await writer.format(reading.profile.log.format);
        return reading;
      },
      log,
      clock: systemClock,
      listeners: createListeners(inheritedSockets(io.env, io.pid)),
      version: version(),
    });
    const service = createService({ daemon, log, clock: systemClock, env: io.env, pid: io.pid });

    try {
      if (await service.start()) return EXIT.profile;
    } catch (cause) {
      io.err(`camd cannot start: ${sentence(cause)}\n`);
      return EXIT.crashed;
    }
    log.info('camd is up', { version: version(), nodes: daemon.profile?.nodes.size, pid: io.pid });
    signals.onReload(() => void service.reload());
    const signal = await signals.stop;
    log.info('camd is stopping', { signal });
    const clean = await bounded(service.stop());
    if (clean) log.info('camd has stopped');
    else log.error('camd did not stop in time and ends now', { bound_ms: SHUTDOWN_MS });
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

/** False when `work` took longer than stopping may. */
async function bounded(work: Promise<void>): Promise<boolean> {
  const bound = new AbortController();
  const late = systemClock.sleep(SHUTDOWN_MS, bound.signal).then(
    () => false,
    () => true,
  );
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    bound.abort();
  }
}
