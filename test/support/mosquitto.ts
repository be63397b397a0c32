// A real mosquitto on a free port, with its files in a temporary folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** The folder of its files. */
  readonly folder: string;
  /** Sends a signal that does not end it, such as SIGHUP. */
  signal(name: NodeJS.Signals): void;
  /** Sends SIGKILL or the given signal; resolves after its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it (again) on the same port, with its stored data. */
  start(): Promise<void>;
}

export interface MosquittoOptions {
  /** Further lines of its configuration. */
  readonly lines?: readonly string[];
  /** Only the listener and `lines`, without the usual settings. */
  readonly bare?: boolean;
  /** Files of its folder: name → content. In `lines`, "FOLDER" stands for that folder. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** False: do not start it yet. Default true. */
  readonly started?: boolean;
}

export async function mosquitto(t: Ending, options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-mosquitto-'));
  // mosquitto started by root switches to the user mosquitto, who needs access to its files.
  chmodSync(folder, 0o777);
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    ...(options.lines?.includes('allow_anonymous false') ? [] : ['allow_anonymous true']),
    ...(options.bare
      ? []
      : ['persistence true', `persistence_location ${folder}/`, 'autosave_interval 1', 'autosave_on_changes true']),
    'log_dest none',
    ...(options.lines ?? []).map((line) => line.replace('FOLDER', folder)),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  for (const [name, content] of Object.entries(options.files ?? {})) {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), 0o644);
  }
  let child: ChildProcess | undefined;
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  };
  const start = async () => {
    child = spawn('mosquitto', ['-c', config], { stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    await until(() => answers(port), `mosquitto to listen on ${port}`);
  };
  t.teardown(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  if (options.started !== false) await start();
  const signal = (name: NodeJS.Signals) => void child?.kill(name);
  return { port, url: `mqtt://127.0.0.1:${port}`, folder, signal, kill, start };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A connected client that is independent of camd; ends with the test. */
export async function outsider(t: Ending, url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(url, { reconnectPeriod: 200, connectTimeout: 5000, ...options });
  client.on('error', () => {});
  t.teardown(async () => {
    client.end(true);
  });
  await new Promise<void>((resolve) => client.once('connect', () => resolve()));
  return client;
}
