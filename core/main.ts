// The entry point: passes argv, streams and signals to one command. The only file that touches `process`.

import { builtins } from '../plugins/index.ts';
import type { Io, StopSignal } from './cli/command.ts';
import { startsDaemon } from './cli/split.ts';

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
/** BSD and Node agree on it: a crash. */
const CRASHED = 1;

const argv = process.argv.slice(2);
// A daemon must not die of a SIGHUP that comes before it is ready for one, so this goes before the rest of camd is even loaded; short
// commands end by signals as usual.
const onSignal = startsDaemon(argv) ? rememberSignals() : () => () => {};
let onCrash: ((thrown: unknown) => void) | undefined;
process.on('uncaughtException', (thrown) => (onCrash ?? crashed)(thrown));
// Each child process listens for the end of this one.
process.setMaxListeners(0);

// What the service manager tells this process is not for its children: they would speak or listen in its name.
const env = { ...process.env };
for (const name of Object.keys(env)) if (/^(NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*)$/.test(name)) delete process.env[name];

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env,
  pid: process.pid,
  builtins,
  cwd: process.cwd(),
  tty: { out: process.stdout.isTTY === true && plainless(), err: process.stderr.isTTY === true && plainless() },
  onSignal,
  onCrash: (listener) => {
    onCrash = listener;
  },
};

// `camd plugins | head` closes the pipe early, which is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : CRASHED));

import('./cli/dispatch.ts').then(({ dispatch }) => dispatch(io, argv)).then(leave, crashed);

function crashed(thrown: unknown): void {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  process.stderr.write(`camd crashed; this is a bug in camd:\n${text}\n`);
  leave(CRASHED);
}

/** Exits when all that was printed has left. */
function leave(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

/** https://no-color.org */
function plainless(): boolean {
  return (process.env.NO_COLOR ?? '') === '';
}

/** Catches the signals from now on; each goes to its listener, at once when it came earlier. */
function rememberSignals(): Io['onSignal'] {
  const waiting = new Set<StopSignal>();
  const listeners = new Map<StopSignal, () => void>();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const listener = listeners.get(signal);
      if (listener) listener();
      else waiting.add(signal);
    });
  }
  return (signal, listener) => {
    listeners.set(signal, listener);
    if (waiting.delete(signal)) queueMicrotask(listener);
    return () => {
      if (listeners.get(signal) === listener) listeners.delete(signal);
    };
  };
}
