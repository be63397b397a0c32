// `camd --config P`: runs a profile until it is stopped.

import { resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { inTime } from '../base/deadline.ts';
import { createLog, type LogLevel } from '../base/log.ts';
import { createCatalog } from '../catalog/create.ts';
import { type Problem, placeText, sentence } from '../contract/problems.ts';
import { createDaemon, type Daemon } from '../daemon.ts';
import { createListeners } from '../graph/run/listeners.ts';
import { createProfileMemory } from '../profile/memory.ts';
import type { Reading } from '../profile/profile.ts';
import { renderProblems } from '../profile/show/render.ts';
import type { Override } from '../profile/source/override.ts';
import { createService } from '../service/service.ts';
import { stateFolder } from '../service/state-folder.ts';
import { inheritedSockets } from '../service/systemd/sockets.ts';
import { type Args, type Command, EXIT, type Io, UsageError } from './command.ts';
import { logWriter } from './log-writer.ts';
import { CONFIG, overridesOf, type ProfileSource, read, SET } from './reading.ts';
import { version } from './version.ts';

/** Time limit for stopping. Milliseconds. */
export const SHUTDOWN_MS = 10_000;
/**
 * A second signal ends camd at once, but only after this time in milliseconds: npm and npx forward a signal that the terminal has already
 * sent to the whole process group.
 */
const AGAIN_MS = 1_000;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

const command: Command = {
  name: 'run',
  summary: 'Run a profile until SIGTERM or SIGINT; SIGHUP reloads it',
  usage: [
    '--config PROFILE [--log-level LEVEL] [--log-format FORMAT] [--watch] [--set PATH=VALUE]...',
    'run PROFILE [OPTIONS]',
  ],
  details:
    'Options override the profile, also after a reload. --set takes the path of a value from the top of the profile down, and a YAML\nvalue: --set pipeline.camera.fps=5 --set vars.host=10.0.0.7. Put a key that contains a dot in double quotes.',
  options: {
    config: CONFIG,
    'log-level': {
      type: 'string',
      value: 'LEVEL',
      choices: LEVELS,
      description: 'the lowest level that is logged; the same as --set log.level=LEVEL',
    },
    'log-format': {
      type: 'string',
      value: 'FORMAT',
      choices: ['auto', 'json', 'pretty'],
      description: 'auto: pretty on a terminal, else JSON; overrides the profile',
    },
    watch: { type: 'boolean', description: 'reload when a file of the profile changes; the same as --set watch=true' },
    set: SET,
  },
  words: { least: 0, most: 1 },
  async run(io, args) {
    const file = args.text('config') ?? args.positionals[0];
    if (file === undefined) throw new UsageError('"camd run" needs a profile: camd --config PROFILE');
    const source: ProfileSource = { file, overrides: allOverrides(args) };
    // Must come first: an unhandled SIGHUP would end the process.
    const signals = watchSignals(io);
    const writer = logWriter(io, args.text('log-format'));
    const level = LEVELS.find((one) => one === args.text('log-level')) ?? 'info';
    const log = createLog({ level, write: writer.write });
    const crash = new Promise<Ending>((resolve) => {
      io.onCrash((thrown) => {
        log.error('camd has crashed and stops: a bug in camd or in a plugin', { cause: stackOf(thrown) });
        resolve({ crashed: true });
      });
    });
    const ending = Promise.race([signals.stop, crash]);
    let printed: ReadonlySet<string> = new Set();
    /** A warning that a reload finds again is not printed again. */
    const report = (reading: Reading): void => {
      const problems = reading.problems.filter(
        (problem) => problem.severity === 'error' || !printed.has(lineOf(problem)),
      );
      printed = new Set(reading.problems.map(lineOf));
      if (problems.length === 0) return;
      const format = { format: 'text', cwd: io.cwd, color: io.tty.err } as const;
      const starting = daemon.profile === undefined;
      if (writer.pretty || (starting && !reading.profile)) {
        io.err(`${renderProblems(problems, reading.sources, format)}\n`);
      } else if (reading.profile) log.warn('the profile has warnings', { problems: problems.map(lineOf) });
      else log.error('the profile is invalid', { problems: problems.map(lineOf) });
    };
    const catalog = createCatalog(io.builtins);
    const memory = createProfileMemory();
    const daemon = createDaemon({
      read: async () => {
        const reading = await read(io, source, { catalog, memory });
        if (reading.profile) await writer.format(reading.profile.log.format);
        report(reading);
        return reading;
      },
      preview: (texts, inspect) => read(io, { ...source, texts }, { catalog, ...(inspect ? { inspect } : {}) }),
      log,
      clock: systemClock,
      editing: io.editing,
      listeners: createListeners(inheritedSockets(io.env, io.pid), (address, cause) => {
        log.error('connections cannot be accepted', { address, why: sentence(cause) });
      }),
      version: version(),
      stateFolder: stateFolder(io.env, resolve(io.cwd, file)),
    });
    const service = createService({
      ...{ daemon, log, clock: systemClock, env: io.env, pid: io.pid },
      stateFolder: stateFolder(io.env, resolve(io.cwd, file)),
    });

    try {
      const started = await Promise.race([service.start().then((wrong) => ({ wrong })), ending]);
      if ('wrong' in started) {
        if (started.wrong) return EXIT.profile;
        const about = { version: version(), nodes: daemon.profile?.nodes.size, pid: io.pid };
        const down = serversDown(daemon);
        if (down.length > 0) log.warn('camd is running, but none of its servers is', { ...about, servers: down });
        else log.info('camd is up', about);
        const page = pageOf(daemon);
        if (page !== undefined && writer.pretty) io.err(`Open ${page} in a browser.\n`);
        signals.onReload(() => void service.reload('SIGHUP'));
      }
    } catch (cause) {
      io.err(`camd cannot start: ${log.hide(sentence(cause))}\n`);
      await inTime(SHUTDOWN_MS, service.stop());
      return EXIT.crashed;
    }
    const end = await ending;
    if ('signal' in end) log.info('camd is stopping', { signal: end.signal });
    const clean = await Promise.race([inTime(SHUTDOWN_MS, service.stop()), signals.again]);
    if (clean === true) log.info('camd has stopped');
    else if (clean === false) {
      const nodes = daemon.view.nodes().flatMap(({ id, state }) => (state.is === 'stopped' ? [] : [id]));
      log.error('camd did not stop in time and exits now', { bound_ms: SHUTDOWN_MS, nodes });
    } else log.warn('camd exits at once', { signal: clean.signal });
    return clean === true && 'signal' in end ? EXIT.ok : EXIT.crashed;
  },
};
export default command;

function allOverrides(args: Args): readonly Override[] {
  const level = args.text('log-level');
  return [
    ...overridesOf(args),
    ...(level === undefined ? [] : [{ keys: ['log', 'level'], text: level, name: '--log-level' }]),
    ...(args.on('watch') ? [{ keys: ['watch'], text: 'true', name: '--watch' }] : []),
  ];
}

/** The address of the first page for people in the profile whose path needs no camera name. */
function pageOf({ profile, provided }: Daemon): string | undefined {
  for (const { routes } of profile?.nodes.values() ?? []) {
    const [route] = routes.filter(({ page, path }) => page && !path.includes('{'));
    const origin = route && provided(route.server)?.server?.origin;
    if (route && origin?.startsWith('http')) return origin + route.path;
  }
  return undefined;
}

/** The ids of all servers, if every one of them has failed. */
function serversDown({ profile, view }: Daemon): readonly string[] {
  const servers = [...(profile?.nodes.values() ?? [])].filter(({ provides }) => provides.includes('server'));
  const states = new Map(view.nodes().map(({ id, state }) => [id, state.is]));
  return servers.every(({ id }) => states.get(id) === 'failed') ? servers.map(({ id }) => id) : [];
}

/** The reason why camd stops: a signal, or an uncaught error. */
type Ending = { readonly signal: string } | { readonly crashed: true };

interface Signals {
  /** Resolves with the first signal that stops camd. */
  readonly stop: Promise<{ readonly signal: string }>;
  /** Resolves with a later signal, which forces the exit. */
  readonly again: Promise<{ readonly signal: string }>;
  /** Reloads requested before this call result in one reload. */
  onReload(reload: () => void): void;
}

function watchSignals(io: Io): Signals {
  let reload: (() => void) | undefined;
  let early = false;
  let first: number | undefined;
  let stopping = (_end: { signal: string }): void => {};
  let forced = (_end: { signal: string }): void => {};
  const stop = new Promise<{ signal: string }>((resolve) => {
    stopping = resolve;
  });
  const again = new Promise<{ signal: string }>((resolve) => {
    forced = resolve;
  });
  io.onSignal('SIGHUP', () => {
    if (io.terminalLost()) stopping({ signal: 'SIGHUP, because its terminal was closed' });
    else if (reload) reload();
    else early = true;
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    io.onSignal(signal, () => {
      const now = systemClock.monotonic();
      first ??= now;
      stopping({ signal });
      if (now - first >= AGAIN_MS) forced({ signal });
    });
  }
  return {
    stop,
    again,
    onReload(wanted) {
      reload = wanted;
      if (early) wanted();
    },
  };
}

const lineOf = ({ place, message }: Problem): string => `${placeText(place)}: ${message}`;

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
