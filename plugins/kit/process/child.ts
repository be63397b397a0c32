// Runs one program without a shell in its own process group, and leaves no process behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Milliseconds } from '../../../core/base/units.ts';
import { environment as environmentFault } from '../../../core/contract/problems.ts';
import { childEnvironment } from './environment.ts';
import { findRemains, groupLives, MARK, signalGroup, signalProcess } from './group.ts';
import { createLineReader } from './lines.ts';

export interface ChildOptions {
  /** The program and its arguments. Nothing in them is interpreted. */
  readonly argv: readonly string[];
  /** Added to what a child is given of our environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An absolute path. */
  readonly cwd?: string | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: Milliseconds;
  /** Gives it a stdin for `write`; without this it reads /dev/null. */
  readonly input?: boolean;
  /** What it writes to stdout; the bytes are the callee's to keep. Must not throw. */
  onOutput(chunk: Buffer): void;
  /** One line of what it writes to stderr. */
  onErrorLine(line: string): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves when the program and everything that it started are gone and its output has been read to the end. */
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
   * SIGTERM to the group, SIGKILL after the grace; the same promise as `ended`. With `farewell` the program is asked in its own
   * way first, and SIGTERM follows after half of the grace.
   */
  stop(farewell?: () => void): Promise<Exit>;
}

const MAX_ERROR_LINE = 1000;
/** Between two looks at what is left; grows up to MAX_POLL_MS. */
const POLL_MS = 10;
const MAX_POLL_MS = 100;
/** What still lives after so many SIGKILLs hangs in the kernel. */
const MAX_KILLS = 10;
/** For output that somebody outside of our reach still holds open. */
const CLOSE_WAIT_MS = 300;

/** The groups that run. Whatever ends camd without stopping its nodes first would leave them behind. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

/** @throws Fault `environment`, `no-command`: it cannot be started; the sentence names it */
export async function startChild(options: ChildOptions): Promise<Child> {
  const [program = '', ...args] = options.argv;
  const mark = randomUUID();
  const child = spawn(program, args, {
    // A group (and session) of its own, so that a signal reaches whatever it starts, and Ctrl-C in our terminal does not.
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
  // Nobody reads what is written to a program that is ending; its exit says the rest.
  child.stdin?.on('error', () => {});
  const pid = await spawned(child, program, options.cwd);
  groups.add(pid);

  let killAt: number | undefined;
  const ended = (async () => {
    const exit = await exited;
    killAt ??= performance.now() + options.grace;
    await sweep(pid, mark, killAt);
    const late = new AbortController();
    await Promise.race([closed, sleep(CLOSE_WAIT_MS, undefined, { signal: late.signal }).catch(() => {})]);
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
      // After the start, "error" tells only of a signal that could not be sent; the exit says the rest.
      child.on('error', () => {});
      resolve(child.pid ?? 0);
    });
    child.once('error', (error) => {
      // ENOENT is said of the folder and of the program alike.
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

/** Ends what is left of a group whose leader is gone, and what had left the group. */
async function sweep(group: number, mark: string, killAt: number): Promise<void> {
  let asked = false;
  // Counted and not timed: however slow the machine is, nothing is given up that has not been killed.
  let kills = 0;
  for (let pause = POLL_MS; kills <= MAX_KILLS; pause = Math.min(MAX_POLL_MS, pause * 1.5)) {
    const remains = await findRemains(group, mark);
    if (remains ? remains.length === 0 : !groupLives(group)) return;
    const killing = performance.now() >= killAt;
    if (killing) kills++;
    if (killing || !asked) {
      const signal = killing ? 'SIGKILL' : 'SIGTERM';
      signalGroup(group, signal);
      for (const pid of remains ?? []) signalProcess(pid, signal);
      asked = true;
    }
    await sleep(pause);
  }
}
