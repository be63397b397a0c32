// Real nats-servers on free ports, alone or as a cluster, with their files in a temporary folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

export interface NatsServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number | undefined;
  /** Sends SIGKILL; resolves after its end. */
  kill(): Promise<void>;
  /** Starts it (again) on the same port, with its stored data. */
  start(): Promise<void>;
}

export interface NatsServerOptions {
  /** Further text of its configuration; "FOLDER" stands for the folder of its files. */
  readonly config?: string;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** False: do not start it yet. Default true. */
  readonly started?: boolean;
  readonly port?: number;
}

export async function natsServer(t: Ending, options: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-nats-'));
  const port = options.port ?? (await freePort());
  const file = join(folder, 'nats.conf');
  const config = (options.config ?? '').replaceAll('FOLDER', folder);
  writeFileSync(file, `listen: "127.0.0.1:${port}"\n${config}\n`);
  for (const [name, content] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), content);
  let child: ChildProcess | undefined;
  const kill = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };
  const start = async () => {
    const log: string[] = [];
    const started = spawn(PROGRAM, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    started.stderr.on('data', (bytes: Buffer) => void (log.length < 100 && log.push(bytes.toString())));
    await until(() => {
      if (started.exitCode !== null) throw new Error(`nats-server ended: ${log.join('')}`);
      return answers(port);
    }, `nats-server to listen on ${port}`);
  };
  t.teardown(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  if (options.started !== false) await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child?.pid;
    },
    kill,
    start,
  };
}

/** Debian's program, or the one in the environment variable, for a manual comparison. */
const PROGRAM = process.env.CAMD_TEST_NATS_SERVER ?? '/usr/sbin/nats-server';

/** A cluster of this size; a single server is no cluster. `config`: further text, for all or for each. */
export async function natsCluster(
  t: Ending,
  size: number,
  config: string | ((index: number) => string) = '',
): Promise<readonly NatsServer[]> {
  const more = (index: number): string => (typeof config === 'string' ? config : config(index));
  if (size === 1) return [await natsServer(t, { config: more(0) })];
  const clusterPorts = await Promise.all(Array.from({ length: size }, () => freePort()));
  const routes = clusterPorts.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  return Promise.all(
    clusterPorts.map((clusterPort, index) =>
      natsServer(t, {
        config: `server_name: n${index}\ncluster { name: c, listen: "127.0.0.1:${clusterPort}", routes: [${routes}] }\n${more(index)}`,
      }),
    ),
  );
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
