// The view of a daemon from outside: nodes, routes with their status, listeners, subscriptions, cameras, children and files.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Running } from '../support/harness.ts';
import { until } from '../support/until.ts';
import type { Model, Ports } from './model.ts';

export interface Seen {
  readonly nodes: readonly string[];
  readonly routes: readonly string[];
  readonly listeners: readonly string[];
  /** Of each node: who takes its frames, and which cameras are wanted from it. */
  readonly subscriptions: readonly string[];
  readonly cameras: readonly string[];
  readonly children: number;
  readonly files: readonly string[];
}

/** Waits until every node has settled, so that two daemons can be compared. */
export async function observe(camd: Running, model: Model, ports: Ports): Promise<Seen> {
  const nodes = () => camd.daemon.view.nodes();
  await until(
    () => nodes().every(({ state }) => state.is === 'running'),
    () => `all nodes to run: ${unwell(camd)}`,
  );
  const cameras = camerasOf(camd, model);
  const routes = await Promise.all(routesOf(model, cameras).map(statusOf));
  const programs = [...model.nodes.values()].filter(({ use }) => use === 'source/exec').length;
  await until(
    () => childrenOf(camd.folder).length === programs,
    () => `${programs} children, not ${childrenOf(camd.folder).length}`,
  );
  return {
    nodes: nodes()
      .map(({ id, use }) => `${id} ${use}`)
      .sort(),
    routes: routes.sort(),
    listeners: await Promise.all([ports.anchor, ...ports.others].map(async (port) => `${port} ${await isOpen(port)}`)),
    subscriptions: await settled(() => subscriptionsOf(camd)),
    cameras: [...cameras].map(([id, list]) => `${id}: ${list.join(' ')}`).sort(),
    children: childrenOf(camd.folder).length,
    files: readdirSync(camd.folder)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  };
}

/** Wants of the requests that were just answered end with their connections. */
async function settled<T>(look: () => T): Promise<T> {
  let same = 0;
  let last = look();
  return until(() => {
    const now = look();
    same = isDeepStrictEqual(now, last) ? same + 1 : 0;
    last = now;
    return same >= 10 ? now : undefined;
  }, 'the subscriptions to settle');
}

const subscriptionsOf = (camd: Running): string[] =>
  camd.daemon.view
    .nodes()
    .map(({ id }) => {
      const output = camd.output(id);
      const wanted = output.wanted().map((camera) => camera || 'all');
      return `${id} → ${[...output.consumers()].sort().join(' ')}; wanted: ${wanted.sort().join(' ')}`;
    })
    .sort();

const unwell = (camd: Running): string =>
  camd.daemon.view
    .nodes()
    .filter(({ state }) => state.is !== 'running')
    .map(({ id, state }) => `${id} ${JSON.stringify(state)}`)
    .join('; ');

/** Cameras that can come out of each node; of a cache, as the page of cameras would show them. */
function camerasOf(camd: Running, model: Model): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [id, { use }] of model.nodes) {
    if (use === 'cache/latest') found.set(id, [...camd.port(id, 'stills').cameras()].sort());
    else found.set(id, [...camd.output(id).cameras()].sort());
  }
  return found;
}

interface Request {
  readonly url: string;
  readonly name: string;
  readonly token: boolean;
}

function routesOf(model: Model, cameras: ReadonlyMap<string, readonly string[]>): Request[] {
  const requests: Request[] = [];
  for (const [id, { use, on, from, path = '/healthz' }] of model.nodes) {
    if (!['http/snapshot', 'http/stream', 'http/viewer', 'http/health'].includes(String(use))) continue;
    const { listen, auth } = model.nodes.get(String(on)) ?? {};
    const list = [...(cameras.get(String(from)) ?? []), 'nobody'];
    const paths = String(path).includes('{camera}')
      ? list.map((camera) => String(path).replace('{camera}', camera))
      : [String(path)];
    for (const one of paths) {
      for (const token of auth === undefined ? [false] : [true, false])
        requests.push({ url: `http://${listen}${one}`, name: `${id} ${one}`, token });
    }
  }
  return requests;
}

/** A stream's head is enough; a snapshot may need its first picture. */
async function statusOf({ url, name, token }: Request): Promise<string> {
  const headers: Record<string, string> = token ? { authorization: 'Bearer a-token-of-a-test' } : {};
  const ask = async (): Promise<{ status: number; text: string }> => {
    const end = new AbortController();
    const { status, body } = await fetch(url, { signal: end.signal, headers });
    const text = status === 503 ? await new Response(body).text() : '';
    end.abort();
    return { status, text };
  };
  let answer = await ask();
  await until(
    async () => {
      if (answer.status !== 503) return true;
      answer = await ask();
      return false;
    },
    () => `an answer of ${url} that is no 503: ${answer.text}`,
  );
  const { status } = answer;
  return `${name}${token ? ' with token' : ''} ${status}`;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Ids of the child processes that work in this folder. */
export function childrenOf(folder: string): readonly number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return children.filter((pid) => pid !== '' && folderOf(pid) === folder).map(Number);
}

function folderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Pictures that the store has kept, by the names of their files. */
export const storedFiles = (folder: string): string[] => {
  try {
    return readdirSync(join(folder, 'archive')).filter((name) => /^posted_.*\.jpg$/.test(name));
  } catch {
    return [];
  }
};
