// The control socket: status, cameras, reload and tap over HTTP on a unix socket that only its owner may open.

import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { environment, sentence } from '../../contract/problems.ts';
import type { Daemon, ReloadResult } from '../../daemon.ts';
import { ask } from './client.ts';
import { type CameraList, formatAnswer, type Hello, type Status } from './messages.ts';
import { tap } from './tap.ts';

/** Most commands connected at the same time. */
const MAX_CLIENTS = 32;

export interface ControlServer {
  readonly path: string;
  /** Accepts no more requests; those in progress are answered. */
  retire(): void;
  close(): Promise<void>;
}

export interface ControlOptions {
  readonly daemon: Daemon;
  readonly pid: number;
  reload(): Promise<ReloadResult>;
}

/** Rejects with a Fault that names the process if another camd holds the socket. The folder of the socket must exist. */
export async function serveControl(path: string, options: ControlOptions): Promise<ControlServer> {
  await removeStale(path);
  const server = createServer((request, response) => {
    handle(request, response, options).catch((cause: unknown) => response.destroy(cause as Error));
  });
  server.maxConnections = MAX_CLIENTS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(environment('no-control', `the control socket ${path} cannot be opened: ${cause.message}`, cause)),
    );
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    path,
    retire() {
      server.close();
      server.closeIdleConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function removeStale(path: string): Promise<void> {
  let holder: Hello;
  try {
    holder = await ask<Hello>(path, 'GET', '/');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') return;
    // Left by a process that has died. A file that is not a socket was put there by the user and stays.
    if (code === 'ECONNREFUSED' && lstatSync(path).isSocket()) return rmSync(path, { force: true });
    const why = code === 'ECONNREFUSED' ? 'it is not a socket' : sentence(cause);
    throw environment('no-control', `the control socket ${path} cannot be taken over: ${why}`, cause);
  }
  throw environment(
    'already-running',
    `process ${holder.pid} already runs ${holder.profile} with the control socket ${path}; ` +
      'stop it, or give this profile a socket of its own with "control: PATH"',
  );
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { daemon, pid, reload }: ControlOptions,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://control');
  const profile = daemon.profile?.file ?? '';
  if (request.method === 'GET' && pathname === '/') return json(response, { pid, profile } satisfies Hello);
  if (request.method === 'GET' && pathname === '/status') {
    const { version, startedAt } = daemon.view;
    return json(response, {
      pid,
      profile,
      version,
      startedAt,
      reloads: daemon.view.reloads(),
      nodes: daemon.view.nodes(),
    } satisfies Status);
  }
  if (request.method === 'GET' && pathname === '/reload') return json(response, formatAnswer(await daemon.rehearse()));
  if (request.method === 'GET' && pathname === '/cameras') {
    return json(response, { pid, profile, cameras: daemon.view.cameras() } satisfies CameraList);
  }
  if (request.method === 'POST' && pathname === '/reload') return json(response, formatAnswer(await reload()));
  if (request.method === 'GET' && pathname.startsWith('/tap/')) {
    return tap(response, daemon, decodeURIComponent(pathname.slice('/tap/'.length)));
  }
  response.writeHead(404).end();
}

function json(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}
