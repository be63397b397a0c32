// A real nginx as a reverse proxy, from a list of locations; stopped and removed when the test ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';
import { until } from './until.ts';

/** Lines that let WebSocket pass. */
export const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

/** `locations`: what stands inside `server { … }`. Returns its origin. */
export async function nginx(t: Ending, locations: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-nginx-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const text = `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
    events {} http { access_log off; ${temporary.join(' ')} server { listen 127.0.0.1:${port}; ${locations} } }`;
  writeFileSync(join(folder, 'nginx.conf'), text);
  const child = spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const origin = `http://127.0.0.1:${port}`;
  const answers = (): Promise<boolean> =>
    fetch(origin).then(
      () => true,
      () => false,
    );
  await until(answers, 'nginx to answer');
  return origin;
}
