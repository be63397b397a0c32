// configs/edge-upload.yaml as a whole: a camera on a bad line, an API that is away, a restart meanwhile, and pictures that it refuses.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import t from 'tap';
import { camd, folderWith } from '../support/cli.ts';
import { type DaemonProcess, startDaemon } from '../support/daemon.ts';
import { dedent } from '../support/dedent.ts';
import type { Ending } from '../support/harness.ts';
import { nameOf, pictureMaker } from '../support/pictures.ts';
import { until } from '../support/until.ts';

const PROFILE = resolve('configs/edge-upload.yaml');
const TOKEN = 'correct-horse-battery';
/** A refused frame may wait for a minute before it is tried again. */
const PATIENCE_MS = 120_000;

const make = pictureMaker(8192);

/** The camera shows another picture at each look, until it is off. */
async function camera(t: Ending) {
  let shown = 0;
  let isOn = true;
  const server = createServer((_request, response) => {
    if (!isOn) return response.writeHead(503).end();
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(make(`front ${++shown}`));
  });
  const off = (): void => {
    isOn = false;
  };
  return { url: `${await listening(t, server)}/front.jpg`, shown: () => shown, off };
}

async function listening(t: Ending, server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test(
  'while the API is away pictures wait on disk, over a restart too; afterwards it gets each of them',
  async (t) => {
    const front = await camera(t);
    const got: string[] = [];
    const tokens = new Set<unknown>();
    let refused: string | undefined;
    let answers: 'not at all' | 'as it should' = 'not at all';
    const api = createServer((request, response) => {
      if (answers === 'not at all') return request.socket.destroy();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const name = nameOf(Buffer.concat(chunks), make) ?? 'torn';
        tokens.add(request.headers.authorization);
        refused ??= name;
        if (refused === name) return response.writeHead(422).end('too dark');
        got.push(name);
        response.writeHead(201).end();
      });
    });
    const env = {
      CAMERA_URL: front.url,
      API_URL: `${await listening(t, api)}/pictures`,
      API_TOKEN: TOKEN,
      SPOOL_FOLDER: join(folderWith(t, {}), 'spool'),
    };
    const profile = dedent`
    camd: 1
    include: [${PROFILE}]
    pipeline:
      front: { every: 200ms }
      spool: { rate: 100/s }
      status: { listen: 127.0.0.1:0 }
  `;
    const list = async ({ file }: DaemonProcess) =>
      JSON.parse((await camd(['spool', 'list', '--config', file, '--json'], { env })).out) as {
        readonly frames: number;
        readonly dead: readonly unknown[];
      };
    const first = await startDaemon(t, profile, { env });
    await until(async () => (await list(first)).frames >= 3, 'some pictures to be in the spool');
    first.signal('SIGKILL');
    await first.ended;
    const before = front.shown();
    const kept = (await list(first)).frames;

    const second = await startDaemon(t, profile, { env });
    // In the spool, not only shown: one of them will be refused.
    await until(async () => (await list(second)).frames >= kept + 3, 'more pictures in the spool', PATIENCE_MS);
    // A loaded machine may take longer for each picture than the camera does: then the backlog would never be done with.
    front.off();
    answers = 'as it should';
    const numbers = (): number[] => got.map((name) => Number(name.split(' ')[1]));
    await until(
      () => Math.min(...numbers()) < before && Math.max(...numbers()) > before,
      () => `pictures from before and after the kill; ${got}`,
      PATIENCE_MS,
    );
    await until(async () => (await list(second)).frames === 0, 'the spool to be empty', PATIENCE_MS);

    t.notOk(got.includes('torn'));
    t.same([...tokens], [`Bearer ${TOKEN}`]);
    t.match((await list(second)).dead, [{ camera: 'front', answer: { status: 422, body: 'too dark' } }]);
    t.notOk(got.includes(refused ?? ''));
  },
);
