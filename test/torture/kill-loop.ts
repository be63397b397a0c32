// Kills camd again and again while pictures arrive over HTTP and MQTT, and compares acknowledged with delivered pictures.

import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DaemonProcess, startDaemon } from '../support/daemon.ts';
import { dedent } from '../support/dedent.ts';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { outsider } from '../support/mosquitto.ts';
import { nameOf, pictureMaker, visiblePictures } from '../support/pictures.ts';
import { random } from '../support/random.ts';
import { until } from '../support/until.ts';

const TOKEN = 'correct-horse-battery';
/** Maximum milliseconds before camd is killed, once it is up and has acknowledged a picture. */
const LIFE_MS = 150;
/** Every other kill comes within so many milliseconds of a start: before camd reads its folders, or while it does. */
const START_MS = 500;
/** Milliseconds in which a camd that runs acknowledges a picture, also on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;
/** A sender that was refused tries again after this. */
const REFUSED_MS = 20;
/** A sender that found no listener tries again after this, or as soon as camd reports that it listens. */
const PAUSE_MS = 250;

export interface KillResult {
  readonly kills: number;
  readonly acknowledged: number;
  readonly delivered: number;
  /** Deliveries of a picture that had been delivered before. */
  readonly duplicates: number;
  /** Names of pictures that were acknowledged and neither stored nor delivered. */
  readonly lost: readonly string[];
  /** Files of the store that are no whole picture. */
  readonly torn: readonly string[];
}

/** `folder` is empty and stays after the run. Ends after `most` kills, or `withinMs`. */
export async function killLoop(
  t: Ending,
  folder: string,
  most: number,
  seed: number,
  withinMs = Number.POSITIVE_INFINITY,
): Promise<KillResult> {
  const end = performance.now() + withinMs;
  const make = pictureMaker(20_000);
  const draw = random(seed);
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const delivered = new Map<string, number>();
  const torn = new Set<string>();
  const api = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = nameOf(Buffer.concat(chunks), make);
      if (name === undefined) torn.add(`delivered to ${request.url}`);
      else delivered.set(name, (delivered.get(name) ?? 0) + 1);
      response.writeHead(name === undefined ? 500 : 200).end();
    });
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    api.closeAllConnections();
    api.close();
  });
  const address = api.address();
  const apiPort = typeof address === 'object' && address ? address.port : 0;
  mkdirSync(folder, { recursive: true });
  const profile = dedent`
    camd: 1
    pipeline:
      inside: { use: mqtt/broker, listen: 127.0.0.1:${mqttPort}, anonymous: { publish: ['#'] } }
      web: { use: http/server, listen: 127.0.0.1:${httpPort} }
      direct: { use: source/mqtt, via: inside, topic: 's/{camera}' }
      posted: { use: source/http, on: web, path: '/s/{camera}', token: ${TOKEN} }
      kept: { use: store/disk, from: [direct, posted], path: ${folder}/pictures, min_free: 1MiB }
      spool: { use: store/spool, from: [direct, posted], path: ${folder}/spool, min_free: 1MiB }
      api: { use: upload/http, from: spool, url: 'http://127.0.0.1:${apiPort}/{camera}', send: every }
  `;
  const acknowledged = new Set<string>();
  const ending = new AbortController();
  const { signal } = ending;
  /** Opens when camd listens. Polling a closed port would cost more than the rest of this loop. */
  let door = makeDoor();
  const start = async (): Promise<DaemonProcess> => {
    door = makeDoor();
    const { open } = door;
    const camd = await startDaemon(t, profile, { wait: false });
    camd.line('serving HTTP').then(open, () => {});
    return camd;
  };
  t.teardown(() => ending.abort());
  const sender = async (kind: string, send: (camera: string, picture: Buffer) => Promise<boolean>): Promise<void> => {
    for (let number = 0; !signal.aborted; number++) {
      const name = `${kind} ${number}`;
      const isSent = await send(`${kind}-${number % 3}`, make(name)).catch(() => false);
      if (isSent) acknowledged.add(name);
      else await (door.isOpen() ? sleep(REFUSED_MS) : Promise.race([sleep(PAUSE_MS), door.opened]));
    }
  };
  const post = async (camera: string, picture: Buffer): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${httpPort}/s/${camera}`, {
      method: 'POST',
      body: new Uint8Array(picture),
      headers: { 'content-type': 'image/jpeg', authorization: `Bearer ${TOKEN}` },
    });
    await response.arrayBuffer();
    return response.status === 200;
  };
  let running = await start();
  await running.line('camd is up');
  const client = await outsider(t, `mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 50 });
  const senders = [
    sender('posted', post),
    sender('more', post),
    sender('direct', async (camera, picture) => {
      await client.publishAsync(`s/${camera}`, picture, { qos: 1 });
      return true;
    }),
  ];
  let kills = 0;
  const kill = async (camd: DaemonProcess): Promise<void> => {
    camd.signal('SIGKILL');
    await camd.ended;
    kills++;
  };
  while (kills < most && performance.now() < end) {
    const before = acknowledged.size;
    await until(() => acknowledged.size > before, 'an acknowledged picture', PATIENCE_MS);
    await sleep(draw(LIFE_MS));
    await kill(running);
    if (kills < most) {
      const starting = await start();
      await sleep(draw(START_MS));
      await kill(starting);
    }
    running = await start();
    await running.line('camd is up');
  }
  ending.abort();
  client.end(true);
  await Promise.race([Promise.all(senders), sleep(2000)]);
  const missing = (): string[] => [...acknowledged].filter((name) => !delivered.has(name));
  await until(() => missing().length === 0, 'every acknowledged picture', 120_000).catch(() => {});
  const stored = new Set<string>();
  for (const [path, data] of visiblePictures(join(folder, 'pictures'))) {
    const name = nameOf(data, make);
    if (name === undefined) torn.add(path);
    else stored.add(name);
  }
  const lost = [...new Set([...missing(), ...[...acknowledged].filter((name) => !stored.has(name))])];
  const deliveries = [...delivered.values()].reduce((sum, times) => sum + times, 0);
  return {
    ...{ kills, acknowledged: acknowledged.size, delivered: delivered.size },
    ...{ duplicates: deliveries - delivered.size, lost, torn: [...torn] },
  };
}

interface Door {
  readonly opened: Promise<void>;
  isOpen(): boolean;
  open(): void;
}

function makeDoor(): Door {
  let isOpen = false;
  let resolveOpened = (): void => {};
  const opened = new Promise<void>((resolve) => {
    resolveOpened = resolve;
  });
  return {
    opened,
    isOpen: () => isOpen,
    open() {
      isOpen = true;
      resolveOpened();
    },
  };
}
