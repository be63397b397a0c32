// The entry point: passes argv, streams and signals to one command. The only file that uses `process` directly.

import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { builtins, commands, editing, standaloneCommands } from '../plugins/index.ts';
import type { Io, StopSignal } from './cli/command.ts';
import { startsDaemon } from './cli/split.ts';

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
/** The exit code of a crash, as in BSD and Node. */
const CRASHED = 1;

const argv = process.argv.slice(2);
// A SIGHUP must not end a daemon that is still loading, so this comes before the rest of camd; short commands keep the default behaviour.
const onSignal = startsDaemon(argv) ? rememberSignals() : () => () => {};
let onCrash: ((thrown: unknown) => void) | undefined;
process.on('uncaughtException', (thrown) => (onCrash ?? crashed)(thrown));
// Each child process adds a listener for the exit of this process.
process.setMaxListeners(0);

// Variables of the service manager are removed, because child processes would notify or listen in camd's name.
const env = { ...process.env };
for (const name of Object.keys(env)) if (/^(NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*)$/.test(name)) delete process.env[name];

const terminals = [0, 1, 2].filter((fd) => isatty(fd));

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  input: () => process.stdin,
  env,
  pid: process.pid,
  builtins,
  editing,
  commands,
  standaloneCommands,
  cwd: process.cwd(),
  terminal: process.stderr.isTTY === true,
  tty: {
    out: process.stdout.isTTY === true && allowsColour(),
    err: process.stderr.isTTY === true && allowsColour(),
  },
  canAsk: process.stdin.isTTY === true && process.stdout.isTTY === true,
  terminalLost,
  onSignal,
  onCrash: (listener) => {
    onCrash = listener;
  },
};

// `camd plugins | head` closes the pipe early; that is not an error. A closed terminal answers EIO.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  exit(code === 'EPIPE' || code === 'EIO' ? 0 : CRASHED);
});
// The reader of the log may be gone; that must not end camd.
process.stderr.on('error', () => {});

import('./cli/dispatch.ts').then(({ dispatch }) => dispatch(io, argv)).then(leave, crashed);

function crashed(thrown: unknown): void {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  process.stderr.write(`camd crashed; this is a bug in camd:\n${text}\n`);
  leave(CRASHED);
}

/** Exits after all output has been written. */
function leave(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => exit(code)));
}

/** At exit Node.js restores the mode of the terminals, and aborts if one is gone; it leaves a descriptor of another file unchanged. */
function exit(code: number): void {
  if (terminalLost()) {
    for (const fd of terminals) {
      closeSync(fd);
      openSync('/dev/null', 'r+');
    }
  }
  process.exit(code);
}

function terminalLost(): boolean {
  return terminals.length > 0 && !terminals.some((fd) => isatty(fd));
}

/** https://no-color.org */
function allowsColour(): boolean {
  return (process.env.NO_COLOR ?? '') === '';
}

/** Catches signals from now on; a signal that came earlier is delivered to its listener at once. */
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
