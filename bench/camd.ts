// Starts the built camd as a separate process with its own profile and folder.

import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENVIRONMENT, pinned, programOf, SERVER_CPU } from './programs.ts';

export const BUNDLE = join(import.meta.dirname, '..', 'dist', 'camd.cjs');
/** Milliseconds to wait for camd's output. */
const PATIENCE = 60_000;

export interface Camd {
  readonly pid: number;
  /** The origin of the node's HTTP server. */
  origin(node?: string): string;
  write(profile: string): void;
  /** Resolves with the next log line with this message. */
  line(msg: string): Promise<Readonly<Record<string, unknown>>>;
  reload(): void;
  /** Garbage collections so far; needs --trace-gc in `flags`. */
  collections(): Collections;
  stop(): Promise<void>;
}

export interface Collections {
  /** Collections of the whole heap. */
  readonly full: number;
  /** Collections of the young generation. */
  readonly young: number;
}

/** The bundle before a change, for a comparison: the path of its camd.cjs, or camd.mjs in older bundles. */
export const BEFORE: string | undefined = process.env.CAMD_BENCH_BEFORE;

/** Resolves when camd is ready. `flags` are for node; `within` is a command that starts it. */
export async function startCamd(
  profile: string,
  flags: readonly string[] = [],
  bundle = BUNDLE,
  within: readonly string[] = [],
): Promise<Camd> {
  if (!existsSync(bundle)) throw new Error('There is no bundle to measure: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'camd-bench-'));
  const file = join(folder, 'profile.yaml');
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  write(profile);
  const command = [...within, process.execPath, ...flags, bundle, '--config', file, '--log-format', 'json'];
  const child = pinned(SERVER_CPU, command, ['ignore', 'pipe', 'pipe'], { ...ENVIRONMENT, XDG_RUNTIME_DIR: folder });
  const collected = { full: 0, young: 0 };
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (/: Mark-Compact/.test(text)) collected.full++;
      else if (/: Scavenge/.test(text)) collected.young++;
      if (process.env.CAMD_BENCH_GC !== undefined) process.stdout.write(`${text}\n`);
    });
  const origins = new Map<unknown, string>();
  const waiting = new Map<string, ((line: Readonly<Record<string, unknown>>) => void)[]>();
  let errors = '';
  if (!child.stderr) throw new Error('unreachable: stderr is a pipe');
  createInterface({ input: child.stderr }).on('line', (text) => {
    if (!text.startsWith('{')) {
      errors += `${text}\n`;
      return;
    }
    const line = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (line.level === 'warn' || line.level === 'error') errors += `${text}\n`;
    if (line.msg === 'serving HTTP') origins.set(line.node, String(line.at));
    for (const take of waiting.get(String(line.msg)) ?? []) take(line);
    waiting.delete(String(line.msg));
  });
  const line = (msg: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`camd did not say "${msg}":\n${errors}`)), PATIENCE);
      const take = (found: Readonly<Record<string, unknown>>): void => {
        clearTimeout(late);
        resolve(found);
      };
      waiting.set(msg, [...(waiting.get(msg) ?? []), take]);
    });
  const program = programOf(child);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`camd has ended:\n${errors}`)));
  ended.catch(() => {});
  await Promise.race([line('camd is up'), ended]);
  return {
    pid: program.pid,
    origin: (node = 'local') => origins.get(node) ?? '',
    write,
    line: (msg) => Promise.race([line(msg), ended]),
    reload: () => void child.kill('SIGHUP'),
    collections: () => ({ ...collected }),
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The user for the servers with a password. */
const USER = { name: 'viewer', password: 'a password for the bench' };
/** The header that these servers require. */
export const AUTHORIZATION = `Basic ${Buffer.from(`${USER.name}:${USER.password}`).toString('base64')}`;

/** A server `locked` with a password and the snapshot of `onePipeline`. */
export const lockedSnapshot = `  locked:
    { use: http/server, listen: '127.0.0.1:0', max_connections: 10000, max_connections_per_address: 10000, auth: { basic: { users: { ${USER.name}: '${USER.password}' } } } }
  locked-snapshot: { use: http/snapshot, on: locked, path: /snapshot.jpg, from: latest }
`;

/** A small installation: a camera, its newest picture, stream, snapshot, health and metrics. */
export const onePipeline = (feedPort: number): string => `camd: 1
control: false
pipeline:
  camera: { use: source/tcp, connect: '127.0.0.1:${feedPort}', parse: mjpeg, timeout: 10m }
  latest: { use: cache/latest, from: camera, stale_after: 10m }
  local: { use: http/server, listen: '127.0.0.1:0', max_connections: 10000, max_connections_per_address: 10000 }
  stream: { use: http/stream, on: local, path: /stream.mjpg, from: latest, max_viewers: 10000 }
  snapshot: { use: http/snapshot, on: local, path: /snapshot.jpg, from: latest }
  health: { use: http/health, on: local }
  metrics: { use: http/metrics, on: local }
`;
