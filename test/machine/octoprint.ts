// OctoPrint with its virtual printer; its API gives access to settings and prints.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { startProgram, temporaryFolder } from './programs.ts';

/** Bundled plugins that would connect to servers on the internet. */
const OFF = [
  'announcements',
  'discovery',
  'errortracking',
  'health_check',
  'pluginmanager',
  'softwareupdate',
  'tracking',
];

export interface OctoPrint {
  readonly version: string;
  get(path: string): Promise<unknown>;
  post(path: string, body: object | FormData): Promise<unknown>;
  download(path: string): Promise<Buffer>;
  until: ReturnType<typeof startProgram>['until'];
}

/** Starts it with `python`, the interpreter with its packages; resolves when it responds and has connected to its printer. */
export async function octoPrint(t: Ending, python: string): Promise<OctoPrint> {
  const folder = temporaryFolder(t);
  const key = randomBytes(16).toString('hex').toUpperCase();
  const config = {
    server: { firstRun: false, onlineCheck: { enabled: false }, pluginBlacklist: { enabled: false } },
    api: { key },
    plugins: { _disabled: OFF, virtual_printer: { enabled: true } },
    webcam: { ffmpeg: '/usr/bin/ffmpeg' },
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const port = await freePort();
  const program = startProgram(
    t,
    [
      ...[python, '-m', 'octoprint', 'serve', '--iknowwhatimdoing', '--no-color'],
      ...['--host', '127.0.0.1', '--port', String(port), '--basedir', folder],
    ],
    folder,
  );
  const origin = `http://127.0.0.1:${port}`;
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(origin + path, { ...init, headers: { ...init.headers, 'X-Api-Key': key } });
    if (!answer.ok) throw new Error(`OctoPrint answered ${path} with ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  const json = async (answer: Response): Promise<unknown> => {
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const get = async (path: string): Promise<unknown> => json(await request(path));
  const post = async (path: string, body: object | FormData): Promise<unknown> => {
    const sent =
      body instanceof FormData
        ? { body }
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
    return json(await request(path, { method: 'POST', ...sent }));
  };

  const { server } = await program.until(
    () => get('/api/version').catch(() => undefined) as Promise<{ server: string } | undefined>,
    'an answer of OctoPrint',
  );
  await post('/api/connection', { command: 'connect', port: 'VIRTUAL' });
  await program.until(async () => {
    const { current } = (await get('/api/connection')) as { current: { state: string } };
    return current.state === 'Operational';
  }, 'the virtual printer');
  return {
    version: server,
    get,
    post,
    download: async (path) => Buffer.from(await (await request(path)).arrayBuffer()),
    until: program.until,
  };
}
