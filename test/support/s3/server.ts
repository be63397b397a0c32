// A real S3 server for tests: OpenStack Swift of Debian (serve_s3.py), or versitygw with CAMD_S3_SERVER=versitygw.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Credentials, queryOf, sha256Hex, signHeaders } from '../../../plugins/store/s3/sign.ts';
import { freePort } from '../free-port.ts';
import { faultProxy } from './fault-proxy.ts';

export interface S3Server {
  readonly origin: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Creates a bucket. */
  bucket(name: string): Promise<void>;
  /** Puts an object without camd, like another client with the credentials. */
  object(path: string, body: string): Promise<void>;
  /**
   * Credentials with permission only to put objects under this folder of a bucket. Swift has no such credentials, so a proxy refuses
   * all other requests.
   */
  limited(t: Ending, bucket: string, folder: string): Promise<Limited>;
  /** Kills the server, like a power failure; it stays down. */
  stop(): Promise<void>;
}

export interface Limited {
  readonly origin: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

interface Ending {
  teardown(work: () => void | Promise<void>): void;
}

const START_MS = 60_000;

export async function s3Server(t: Ending): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-s3-'));
  const isGateway = process.env.CAMD_S3_SERVER === 'versitygw';
  const credentials = { accessKey: isGateway ? 'camd' : 'test:camd', secretKey: 'camd-secret' };
  const { child, port } = isGateway ? await startGateway(folder, credentials) : await startSwift(folder);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  t.teardown(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const origin = `http://127.0.0.1:${port}`;
  const put = async (path: string, query: Readonly<Record<string, string>>, body: string): Promise<void> => {
    const request = { method: 'PUT', host: `127.0.0.1:${port}`, path, query };
    const headers = signHeaders(request, sha256Hex(body), { credentials, region: 'us-east-1', now: Date.now() });
    const reply = await fetch(`${origin}${path}?${queryOf(query)}`, { method: 'PUT', headers, body });
    if (!reply.ok) throw new Error(`PUT ${path}: ${reply.status} ${await reply.text()}`);
  };
  return {
    origin,
    port,
    ...credentials,
    stop,
    bucket: (name) => put(`/${name}`, {}, ''),
    object: (path, body) => put(path, {}, body),
    async limited(t, bucket, folder) {
      if (!isGateway) {
        const path = `/${bucket}/${folder}`;
        const proxy = await faultProxy(t, port, ({ method, url = '' }) =>
          method === 'PUT' && url.startsWith(path) ? 'none' : 'denied',
        );
        return { origin: proxy.origin, ...credentials };
      }
      const user = { accessKey: 'site', secretKey: 'site-secret' };
      const admin = ['--access', credentials.accessKey, '--secret', credentials.secretKey, '--endpoint-url', origin];
      const made = ['create-user', '--access', user.accessKey, '--secret', user.secretKey, '--role', 'user'];
      await promisify(execFile)('versitygw', ['admin', ...admin, ...made]);
      const resource = `arn:aws:s3:::${bucket}/${folder}*`;
      const may = { Effect: 'Allow', Principal: { AWS: [user.accessKey] }, Action: 's3:PutObject', Resource: resource };
      await put(`/${bucket}`, { policy: '' }, JSON.stringify({ Version: '2012-10-17', Statement: [may] }));
      return { origin, ...user };
    },
  };
}

async function startSwift(folder: string): Promise<{ child: ChildProcess; port: number }> {
  const program = join(import.meta.dirname, 'serve_s3.py');
  const child = spawn('/usr/bin/python3', [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) return { child, port: Number(line) };
  throw new Error('the S3 server did not start: is python3-swift installed?');
}

async function startGateway(folder: string, { accessKey, secretKey }: Credentials) {
  const port = await freePort();
  mkdirSync(join(folder, 'root'));
  mkdirSync(join(folder, 'users'));
  writeFileSync(join(folder, 'log'), '');
  const args = [
    '--access',
    accessKey,
    '--secret',
    secretKey,
    '--port',
    `127.0.0.1:${port}`,
    '--quiet',
    '--iam-dir',
    join(folder, 'users'),
    'posix',
    join(folder, 'root'),
  ];
  const child = spawn('versitygw', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const end = Date.now() + START_MS;
  while (!(await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))) {
    if (Date.now() > end || child.exitCode !== null) throw new Error('versitygw did not start');
    await sleep(50);
  }
  return { child, port };
}
