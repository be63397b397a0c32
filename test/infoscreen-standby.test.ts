// infoscreen-standby.yaml at a real mosquitto: two listeners share a session, and the active one is killed repeatedly under load.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startDaemon } from './support/daemon.ts';
import type { Ending } from './support/harness.ts';
import { infoscreenServer, shipped } from './support/infoscreen-server.ts';
import { outsider } from './support/mosquitto.ts';
import { nameOf, pictureMaker, visiblePictures } from './support/pictures.ts';
import { until } from './support/until.ts';

const long = process.env.CAMD_LONG === '1';
t.setTimeout(long ? 1_800_000 : 300_000);
const PATIENCE_MS = 120_000;
/** SIGSTOP freezes the listener: its connection stays open, and only its silence shows the failure. */
const ENDS: readonly NodeJS.Signals[] = [
  ...Array.from({ length: long ? 30 : 1 }, () => 'SIGKILL' as const),
  'SIGTERM',
  'SIGSTOP',
];
const make = pictureMaker(4096);

type Listener = Awaited<ReturnType<Awaited<ReturnType<typeof site>>['listener']>>;

async function site(t: Ending) {
  const { broker, env, server, api } = await infoscreenServer(t);
  const listener = async () => {
    const started = await startDaemon(t, shipped('infoscreen-standby'), {
      files: { 'infoscreen-listener.yaml': shipped('infoscreen-listener') },
      env: {
        ...{ ...env, API_BASE_URL: api, STATUS_LISTEN: '127.0.0.1:0' },
        REJECTS_FOLDER: join(server.folder, 'rejects'),
      },
    });
    const status = await started.origin('status');
    const isReady = async () => (await fetch(`${status}/readyz`, { signal: AbortSignal.timeout(2000) })).status === 200;
    return { ...started, isActive: () => isReady().catch(() => false) };
  };
  const folder = join(server.folder, 'screenshots');
  const kept = () => {
    const files = existsSync(folder) ? [...visiblePictures(folder)] : [];
    return new Set(files.filter(([path]) => path.includes('_')).map(([, data]) => nameOf(data, make)));
  };
  /** The names seen so far; reads each whole picture once. */
  const known = new Map<string, string>();
  const seen = (): ReadonlySet<string> => {
    const files = existsSync(folder) ? readdirSync(folder) : [];
    for (const file of files.filter((name) => /^[^.].*_.*\.jpg$/.test(name) && !known.has(name))) {
      const name = nameOf(readFileSync(join(folder, file)), make);
      if (name !== undefined) known.set(file, name);
    }
    return new Set(known.values());
  };
  return { screen: await outsider(t, broker.url), listener, kept, seen };
}

async function activeOf(all: readonly Listener[]): Promise<Listener> {
  const find = async () => {
    const are = await Promise.all(all.map((listener) => listener.isActive()));
    return all[are.indexOf(true)];
  };
  return until(find, 'one of the two listeners to be active', PATIENCE_MS);
}

t.test('when the active listener ends or freezes, the other stores all acknowledged pictures in seconds', async (t) => {
  const { screen, listener, kept, seen } = await site(t);
  let both = [await listener(), await listener()];
  await activeOf(both);
  const acknowledged: string[] = [];
  const has = (names: readonly string[]): boolean => {
    const now = seen();
    return names.every((name) => now.has(name));
  };
  let isOver = false;
  /** Three at a time, so that some are always in transit. */
  const sending = [0, 1, 2].map(async (line) => {
    for (let number = 0; !isOver; number++) {
      const name = `picture ${line} ${number}`;
      await screen.publishAsync('infoscreen/lobby/screenshot', make(name), { qos: 1 });
      acknowledged.push(name);
      await until(() => isOver || seen().size > acknowledged.length - 30, 'the listeners to keep up', PATIENCE_MS);
    }
  });
  const times: number[] = [];

  for (const signal of ENDS) {
    const ending = await activeOf(both);
    const before = acknowledged.length;
    await until(() => acknowledged.length >= before + 20, 'more pictures', PATIENCE_MS);
    ending.signal(signal);
    if (signal !== 'SIGSTOP') await ending.ended;
    const [from, expected] = [performance.now(), [...acknowledged]];
    await until(() => has(expected), 'the other listener to have each acknowledged picture', PATIENCE_MS);
    times.push(Math.round(performance.now() - from));
    if (signal === 'SIGSTOP') ending.signal('SIGCONT');
    if (signal === 'SIGSTOP') await ending.line('another camd uses the session, this one stands by');
    else both = [...both.filter((running) => running !== ending), await listener()];
  }
  isOver = true;
  await Promise.all(sending);
  await until(() => has(acknowledged), 'every picture', PATIENCE_MS);

  t.comment(`${acknowledged.length} acknowledged, 0 lost; the other listener had them after ${times.join(', ')} ms`);
  const all = kept();
  t.ok(
    acknowledged.every((name) => all.has(name)),
    'every picture is still there',
  );
  t.notOk(all.has(undefined), 'no picture is torn');
});
