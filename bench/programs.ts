// Runs the load programs as child processes, each bound to one CPU, and communicates by messages.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The server under test has one CPU; the load programs share the other. */
export const SERVER_CPU = 0;
export const LOAD_CPU = Math.min(1, cpus().length - 1);

const OUT = 'bench/out/programs';

/** Without this machine's additional authorities: Node reads them at every start, in 45 ms with all those of Debian. */
export const ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env };
delete ENVIRONMENT.NODE_EXTRA_CA_CERTS;

/** ws is CommonJS and needs a `require`. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
/** An interrupted run leaves no program behind. */
const END = "process.on('disconnect', () => process.exit());";

/** The load programs, and the servers for comparison. */
function programs(): string[] {
  const loads = readdirSync('bench/load').map((file) => `bench/load/${file}`);
  return [...loads, ...['bench/bare.ts', 'bench/durable-floor.ts'].filter((file) => existsSync(file))];
}

/** Compiles the programs before the run, so that no compiler runs during it. */
export async function compilePrograms(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  await build({
    entryPoints: programs(),
    outdir: OUT,
    outbase: 'bench',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['bufferutil', 'utf-8-validate'],
    banner: { js: `${REQUIRE} ${END}` },
    target: 'node20.19',
    logLevel: 'warning',
  });
}

export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Sends a message and resolves with the next reply. */
  ask<T>(message: object): Promise<T>;
  stop(): Promise<void>;
}

/** Starts a program of this folder, such as "bare" or "load/feed". Resolves with its first message. */
export async function startProgram<T>(
  name: string,
  args: readonly string[],
  cpu: number,
): Promise<Program & { first: T }> {
  const child = pinned(
    cpu,
    [process.execPath, join(OUT, `${name}.mjs`), ...args],
    ['ignore', 'inherit', 'inherit', 'ipc'],
  );
  const [first] = (await once(child, 'message')) as [T];
  return { ...programOf(child), first };
}

/** Starts any command, bound to one CPU. */
export function pinned(
  cpu: number,
  command: readonly string[],
  stdio: StdioOptions,
  env: NodeJS.ProcessEnv = ENVIRONMENT,
): ChildProcess {
  return spawn('taskset', ['-c', String(cpu), ...command], { stdio, env });
}

export function programOf(child: ChildProcess): Program {
  return {
    pid: child.pid ?? 0,
    child,
    async ask<T>(message: object) {
      const answer = once(child, 'message');
      child.send(message);
      return ((await answer) as [T])[0];
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
