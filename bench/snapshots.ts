// Measures snapshots a second at 1, 16 and 64 connections, beside bare node:http and, if installed, nginx with a static file.

import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FPS, setUp } from './fan-out.ts';
import type { Answered } from './load/requests.ts';
import { pictureFolder } from './pictures.ts';
import { isInstalled, LOAD_CPU, pinned, programOf, SERVER_CPU, startProgram } from './programs.ts';
import { median, pairedRatio, type Row } from './row.ts';

const CONNECTIONS = [1, 16, 64];

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const window = quick ? 400 : 1200;
  const stage = await setUp();
  const load = await startProgram('load/requests', [], LOAD_CPU);
  const nginx = isInstalled('nginx') ? await startNginx() : undefined;
  const urls = stage.contenders
    .filter(({ name }) => !name.includes('reused'))
    .map(({ name, url }) => ({ name, url: url.replace('/stream.mjpg', '/snapshot.jpg') }));
  if (nginx) urls.push({ name: 'nginx, a plain file', url: nginx.url });
  const results = new Map<string, Answered[]>();
  try {
    // Frames arrive during the measurement: each makes a new head and a new ETag.
    for (const door of [0, 1]) await stage.feed.ask({ door, fps: FPS });
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const connections of CONNECTIONS) {
      for (let round = 0; round < rounds; round++) {
        for (const { name, url } of urls) {
          const key = `${name} ${connections}`;
          const got = await load.ask<Answered>({ url, connections, window });
          if (got.failed > 0) throw new Error(`${name} refused ${got.failed} requests`);
          results.set(key, [...(results.get(key) ?? []), got]);
        }
      }
    }
  } finally {
    await Promise.all([stage.close(), load.stop(), nginx?.stop()]);
  }
  const of = (name: string, connections: number, what: keyof Answered): number[] =>
    (results.get(`${name} ${connections}`) ?? []).map((answered) => answered[what]);
  return CONNECTIONS.flatMap((connections) =>
    urls.slice(1).flatMap(({ name: limitName }) =>
      (['perSecond', 'p99'] as const).map((what): Row => {
        const [own, limit] = [of('camd', connections, what), of(limitName, connections, what)];
        const must = what === 'perSecond' && connections === 16 && limitName.startsWith('bare');
        return {
          name: `${what === 'perSecond' ? 'snapshots' : 'snapshot p99'}, ${connections} connections`,
          value: median(own),
          unit: what === 'perSecond' ? '/s' : 'ms',
          limitName: limitName.startsWith('bare') ? 'bare node:http' : limitName,
          limitValue: median(limit),
          ratio: pairedRatio(own, limit),
          ...(must ? { required: { least: 0.8 } } : {}),
        };
      }),
    ),
  );
}

/** One worker, the same CPU, no log. */
async function startNginx() {
  const folder = mkdtempSync(join(tmpdir(), 'camd-bench-nginx-'));
  mkdirSync(join(folder, 'www'));
  copyFileSync(join(pictureFolder(), '001.jpg'), join(folder, 'www', 'snapshot.jpg'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; error_log ${folder}/error.log; pid ${folder}/pid;
     ${process.getuid?.() === 0 ? 'user root;' : ''}
     events { worker_connections 512; }
     http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')} default_type image/jpeg;
       server { listen 127.0.0.1:${port}; root ${folder}/www; } }`,
  );
  const child = pinned(SERVER_CPU, ['nginx', '-p', folder, '-c', 'nginx.conf', '-e', `${folder}/error.log`], 'ignore');
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    url: `http://127.0.0.1:${port}/snapshot.jpg`,
    async stop() {
      // The worker ends with nginx only on an orderly exit.
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await programOf(child).stop();
      rmSync(folder, { recursive: true, force: true });
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
