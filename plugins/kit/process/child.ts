// Runs one program without a shell in its own process group, and leaves no process behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Milliseconds } from '../../../core/base/units.ts';
import { environment as environmentFault } from '../../../core/contract/problems.ts';
import { childEnvironment } from './environment.ts';
import { findRemains, groupLives, MARK, signalGroup, signalProcess } from './group.ts';
import { createLineReader } from './lines.ts';

export interface ChildOptions {
  /** The program and its arguments. Nothing in them is interpreted. */
  readonly argv: readonly string[];
  /** Added to the filtered environment of camd. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An absolute path. */
  readonly cwd?: string | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: Milliseconds;
  /** Opens a stdin for `write`; without this the program reads /dev/null. */
  readonly input?: boolean;
  /** Called with bytes from stdout, which the callee may keep. Must not throw. */
  onOutput(chunk: Buffer): void;
  /** Called with each line from stderr. */
  onErrorLine(line: string): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves when the program and all its descendants have ended and its output has been read to the end. */
  readonly ended: Promise<Exit>;
  /** Sends a signal to the program alone, unless it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Writes to its stdin, unless it has ended. */
  write(text: string): void;
  /** Writes to its stdin and waits until there is room for more. False once it no longer reads. */
  feed(bytes: Buffer): Promise<boolean>;
  /** Ends its stdin. */
  finish(): void;
  /**
   * SIGTERM to the group, SIGKILL after the grace; returns the promise `ended`. `farewell` stops the program in its own way first;
   * SIGTERM then follows after half of the grace.
   */
  stop(farewell?: () => void): Promise<Exit>;
}

const MAX_ERROR_LINE = 1000;
/** Milliseconds between two checks for remaining processes; grows up to MAX_POLL_MS. */
const POLL_MS = 10;
const MAX_POLL_MS = 100;
/** A process that survives this many SIGKILLs hangs in the kernel. */
const MAX_KILLS = 10;
/** Milliseconds to wait for output that a process outside of our reach still holds open. */
const CLOSE_WAIT_MS = 300;

/** The running groups. If camd exits without stopping its nodes first, they must be killed. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

/** @throws Fault `environment`, `no-command`, which names the program, when it cannot be started */
export async function startChild(options: ChildOptions): Promise<Child> {
  const [program = '', ...args] = options.argv;
  const mark = randomUUID();
  const child = spawn(program, args, {
    // A group (and session) of its own: a signal reaches all descendants, and Ctrl-C in our terminal does not.
    detached: true,
    stdio: [options.input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: childEnvironment(process.env, { ...options.env, [MARK]: mark }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stderr = createLineReader(MAX_ERROR_LINE, options.onErrorLine);
  child.stdout?.on('data', options.onOutput).on('error', () => {});
  child.stderr
    ?.on('data', stderr.push)
    .once('end', stderr.end)
    .on('error', () => {});
  // A program that is ending no longer reads its stdin; "exit" reports the rest.
  child.stdin?.on('error', () => {});
  const pid = await spawned(child, program, options.cwd);
  groups.add(pid);

  let killAt: number | undefined;
  const ended = (async () => {
    const exit = await exited;
    killAt ??= performance.now() + options.grace;
    await sweep(pid, mark, killAt);
    const late = new AbortController();
    // A pipe holds output that was not read yet when this thread was busy for the whole time: one more turn reads it.
    const wait = sleep(CLOSE_WAIT_MS, undefined, { signal: late.signal }).then(() => nextTurn());
    await Promise.race([closed, wait.catch(() => {})]);
    late.abort();
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    groups.delete(pid);
    return exit;
  })();
  const terminate = (): void => {
    signalGroup(pid, 'SIGTERM');
    // A stopped program would keep SIGTERM pending for ever.
    signalGroup(pid, 'SIGCONT');
  };
  return {
    pid,
    ended,
    signal: (name) => void child.kill(name),
    write: (text) => void child.stdin?.write(text),
    async feed(bytes) {
      const { stdin } = child;
      if (!stdin?.writable) return false;
      if (!stdin.write(bytes)) await Promise.race([once(stdin, 'drain').catch(() => {}), exited]);
      return stdin.writable;
    },
    finish: () => void child.stdin?.end(),
    async stop(farewell) {
      if (killAt === undefined) {
        killAt = performance.now() + options.grace;
        const timers = [setTimeout(() => signalGroup(pid, 'SIGKILL'), options.grace)];
        if (farewell) {
          timers.push(setTimeout(terminate, options.grace / 2));
          farewell();
        } else terminate();
        void exited.then(() => timers.forEach(clearTimeout));
      }
      return ended;
    },
  };
}

function spawned(child: ChildProcess, program: string, cwd: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => {
      // After the start, "error" only reports a signal that could not be sent; "exit" reports the rest.
      child.on('error', () => {});
      resolve(child.pid ?? 0);
    });
    child.once('error', (error) => {
      // ENOENT may mean the folder or the program.
      const folder =
        cwd === undefined
          ? Promise.resolve(true)
          : stat(cwd).then(
              (found) => found.isDirectory(),
              () => false,
            );
      void folder.then((exists) => {
        const why = exists ? startFailure(program, error) : `The folder ${cwd} of ${program} does not exist.`;
        reject(environmentFault('no-command', why, error));
      });
    });
  });
}

function startFailure(program: string, error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `The command ${program} was not found: install it, or give its full path.`;
  if (code === 'EACCES') return `The command ${program} cannot be executed by this user: the permission is missing.`;
  return `The command ${program} cannot be started: ${error.message}.`;
}

/** Ends the remaining processes of a group whose leader has ended, and those that left the group. */
async function sweep(group: number, mark: string, killAt: number): Promise<void> {
  let terminated = false;
  // A count and not a timeout: on a slow machine, too, every process is killed before the sweep stops.
  let kills = 0;
  for (let pause = POLL_MS; kills <= MAX_KILLS; pause = Math.min(MAX_POLL_MS, pause * 1.5)) {
    const remains = await findRemains(group, mark);
    if (remains ? remains.length === 0 : !groupLives(group)) return;
    const killing = performance.now() >= killAt;
    if (killing) kills++;
    if (killing || !terminated) {
      const signal = killing ? 'SIGKILL' : 'SIGTERM';
      signalGroup(group, signal);
      for (const pid of remains ?? []) signalProcess(pid, signal);
      terminated = true;
    }
    await sleep(pause);
  }
}
