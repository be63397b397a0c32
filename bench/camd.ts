// Starts the built camd as a separate process with its own profile and folder.

import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pinned, programOf, SERVER_CPU } from './programs.ts';

export const BUNDLE = join(import.meta.dirname, '..', 'dist', 'camd.mjs');
/** Milliseconds to wait for camd's output. */
const PATIENCE = 60_000;

export interface Camd {
  readonly pid: number;
  /** The origin of the node's HTTP server. */
  origin(node?: string): string;
  write(profile: string): void;
  /** The next log line with this message. */
  line(msg: string): Promise<Readonly<Record<string, unknown>>>;
  reload(): void;
  stop(): Promise<void>;
}

/** Resolves when it is up. `flags` are for node. */
export async function startCamd(profile: string, flags: readonly string[] = [], bundle = BUNDLE): Promise<Camd> {
  if (!existsSync(bundle)) throw new Error('There is no bundle to measure: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'camd-bench-'));
  const file = join(folder, 'profile.yaml');
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  write(profile);
  const command = [process.execPath, ...flags, bundle, '--config', file, '--log-format', 'json'];
  const child = pinned(SERVER_CPU, command, ['ignore', 'ignore', 'pipe'], { ...process.env, XDG_RUNTIME_DIR: folder });
  const origins = new Map<unknown, string>();
  const waiting = new Map<string, ((line: Readonly<Record<string, unknown>>) => void)[]>();
  let said = '';
  if (!child.stderr) throw new Error('unreachable: stderr is a pipe');
  createInterface({ input: child.stderr }).on('line', (text) => {
    if (!text.startsWith('{')) {
      said += `${text}\n`;
      return;
    }
    const line = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (line.level === 'warn' || line.level === 'error') said += `${text}\n`;
    if (line.msg === 'serving HTTP') origins.set(line.node, String(line.at));
    for (const take of waiting.get(String(line.msg)) ?? []) take(line);
    waiting.delete(String(line.msg));
  });
  const line = (msg: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`camd did not say "${msg}":\n${said}`)), PATIENCE);
      const take = (found: Readonly<Record<string, unknown>>): void => {
        clearTimeout(late);
        resolve(found);
      };
      waiting.set(msg, [...(waiting.get(msg) ?? []), take]);
    });
  const program = programOf(child);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`camd has ended:\n${said}`)));
  ended.catch(() => {});
  await Promise.race([line('camd is up'), ended]);
  return {
    pid: program.pid,
    origin: (node = 'local') => origins.get(node) ?? '',
    write,
    line: (msg) => Promise.race([line(msg), ended]),
    reload: () => void child.kill('SIGHUP'),
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

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
