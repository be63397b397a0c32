// What a daemon looks like from outside: nodes, routes with their status, listeners, cameras, children and files.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Running } from '../support/harness.ts';
import { until } from '../support/until.ts';
import type { Model } from './model.ts';

export interface Seen {
  readonly nodes: readonly string[];
  readonly routes: readonly string[];
  readonly listeners: readonly string[];
  readonly cameras: readonly string[];
  readonly children: number;
  readonly files: readonly string[];
}

/** Waits until every node has settled, so that two daemons can be compared. */
export async function observe(camd: Running, model: Model): Promise<Seen> {
  await until(
    () => camd.daemon.view.nodes().every(({ state }) => state.is === 'running'),
    `all nodes to run: ${unwell(camd)}`,
  );
  const servers = [...model.nodes].filter(([, { use }]) => use === 'http/server');
  const cameras = camerasOf(camd, model);
  return {
    nodes: camd.daemon.view
      .nodes()
      .map(({ id, use }) => `${id} ${use}`)
      .sort(),
    routes: (await Promise.all(routesOf(model, cameras).map(statusOf))).sort(),
    listeners: await Promise.all(
      servers.map(async ([, { listen }]) => `${listen} ${await isOpen(String(listen))}`),
    ).then((all) => all.sort()),
    cameras: [...cameras].map(([id, list]) => `${id}: ${list.join(' ')}`).sort(),
    children: childrenOf(process.pid),
    files: readdirSync(camd.folder)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  };
}

const unwell = (camd: Running): string =>
  camd.daemon.view
    .nodes()
    .filter(({ state }) => state.is !== 'running')
    .map(({ id, state }) => `${id} ${JSON.stringify(state)}`)
    .join('; ');

/** Cameras of each cache and store, as the page of cameras would show them. */
function camerasOf(camd: Running, model: Model): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [id, { use }] of model.nodes) {
    if (use === 'cache/latest') found.set(id, [...camd.port(id, 'stills').cameras()].sort());
  }
  return found;
}

interface Asked {
  readonly url: string;
  readonly name: string;
  readonly token: boolean;
}

function routesOf(model: Model, cameras: ReadonlyMap<string, readonly string[]>): Asked[] {
  const asked: Asked[] = [];
  for (const [id, { use, on, from, path = '/healthz' }] of model.nodes) {
    if (!['http/snapshot', 'http/stream', 'http/viewer', 'http/health'].includes(String(use))) continue;
    const { listen, auth } = model.nodes.get(String(on)) ?? {};
    const list = [...(cameras.get(String(from)) ?? []), 'nobody'];
    const paths = String(path).includes('{camera}')
      ? list.map((camera) => String(path).replace('{camera}', camera))
      : [String(path)];
    for (const one of paths) {
      for (const token of auth === undefined ? [false] : [true, false])
        asked.push({ url: `http://${listen}${one}`, name: `${id} ${one}`, token });
    }
  }
  return asked;
}

/** A stream's head is enough; a snapshot may need its first picture. */
async function statusOf({ url, name, token }: Asked): Promise<string> {
  const end = new AbortController();
  const headers: Record<string, string> = token ? { authorization: 'Bearer a-token-of-a-test' } : {};
  const ask = async (): Promise<number> => {
    const response = await fetch(url, { signal: end.signal, headers });
    void response.body?.cancel().catch(() => {});
    return response.status;
  };
  let status = 0;
  await until(async () => {
    status = await ask();
    return status !== 503;
  }, `an answer of ${url} that is no 503`);
  end.abort();
  return `${name}${token ? ' with token' : ''} ${status}`;
}

function isOpen(listen: string): Promise<boolean> {
  const port = Number(listen.slice(listen.lastIndexOf(':') + 1));
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function childrenOf(pid: number): number {
  const lines = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.filter((line) => line !== '' && !/ ps$/.test(line) && !/esbuild/.test(line)).length;
}

/** Pictures that the store has kept, by the names of their files. */
export const storedFiles = (folder: string): string[] => {
  try {
    return readdirSync(join(folder, 'archive')).filter((name) => /^posted_.*\.jpg$/.test(name));
  } catch {
    return [];
  }
};
