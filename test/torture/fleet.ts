// Many screens against the shipped infoscreen profiles, while each process in turn is killed or restarted: counts acknowledged and stored pictures.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { camd } from '../support/cli.ts';
import { startDaemon } from '../support/daemon.ts';
import { dedent } from '../support/dedent.ts';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { mosquitto } from '../support/mosquitto.ts';
import { digestOf, mqttRecorder } from '../support/mqtt-recorder.ts';
import { pictureMaker } from '../support/pictures.ts';
import { random } from '../support/random.ts';
import { until } from '../support/until.ts';

const TOKEN = 'correct-horse-battery';
const PATIENCE_MS = 120_000;
/** Milliseconds between an acknowledgement and the next kill, and that the killed process stays away, at most. */
const DRAW_MS = 500;
/** Debian's Python has Debian's paho, independent of the first Python in the path. */
const PYTHON = '/usr/bin/python3';

export type Signal = 'SIGKILL' | 'SIGTERM';

export interface FleetOptions {
  readonly t: Ending;
  /** Empty; stays after the run. */
  readonly folder: string;
  readonly broker: 'embedded' | 'mosquitto';
  readonly screens: number;
  /** So many of them are processes of infoscreen-client.yaml; the others are paho's. */
  readonly own: number;
  /** Seconds between two pictures of a screen. */
  readonly every: number;
  /** In each round, every process in turn is ended by this signal and started again. */
  readonly rounds: readonly Signal[];
  readonly seed: number;
  report?(line: string): void;
}

type Ends = Readonly<Record<Signal, number>>;

export interface FleetResult {
  /** Each process → how often it was killed, and how often restarted. */
  readonly ends: Readonly<Record<string, Ends>>;
  readonly screens: number;
  readonly published: number;
  /** By the broker, by paho's own account, and by the listener. */
  readonly acknowledged: { readonly broker: number; readonly paho: number; readonly listener: number };
  readonly kept: number;
  /** Files beyond one for each picture: a message that comes again after a kill is stored again. */
  readonly twice: number;
  /** Messages that the broker has handed to the listener. */
  readonly delivered: number;
  /** "screen sha256" of acknowledged pictures that no file has. */
  readonly lost: readonly string[];
  /** Those that mosquitto had acknowledged and had neither handed on nor written when it was killed: docs/durability.md names that gap. */
  readonly lostByBroker: readonly string[];
  /** Files whose bytes no screen has sent. */
  readonly foreign: readonly string[];
}

/** One process, or a kind of which one is taken by turns. */
interface Actor {
  start(): Promise<void>;
  end(signal: Signal): Promise<void>;
}

export async function fleet(options: FleetOptions): Promise<FleetResult> {
  const { t, folder, screens, own, rounds, seed, report = () => {} } = options;
  const draw = random(seed);
  const state = join(folder, 'state');
  mkdirSync(state, { recursive: true });
  const site = options.broker === 'embedded' ? await embedded(t, state) : await throughMosquitto(t, state, folder);
  const recorder = await mqttRecorder(t, site.brokerPort, /^infoscreen\/([^/]+)\/screenshot$/);
  const url = `mqtt://127.0.0.1:${recorder.port}`;
  const ownIds = Array.from({ length: own }, (_, index) => `own-${index}`);
  const pahoIds = Array.from({ length: screens - own }, (_, index) => `paho-${index}`);
  await site.add([...ownIds, ...pahoIds]);

  const pahoAcks = join(folder, 'paho-acknowledged.txt');
  const clients = ownIds.map((id) => ownClient(t, id, url, options.every));
  const actors: Record<string, Actor> = {
    ...site.actors(url),
    paho: pahoScreens(t, folder, recorder.port, pahoIds.length, options.every, pahoAcks),
    ...(own > 0 ? { client: byTurns(clients) } : {}),
  };
  for (const actor of Object.values(actors)) await actor.start();
  for (const client of clients.slice(1)) await client.start();

  const ends: Record<string, Ends> = {};
  /** Messages that only the broker had when it was killed. */
  const withBroker = new Set<string>();
  const more = async (count: number, what: string): Promise<void> => {
    const before = recorder.byBroker.size;
    await until(() => recorder.byBroker.size >= before + count, what, PATIENCE_MS);
  };
  const all = () => new Set([...recorder.byBroker].map((name) => name.split(' ')[0]));
  await until(() => all().size >= screens, 'a picture of each screen', PATIENCE_MS);
  for (const signal of rounds) {
    for (const [name, actor] of Object.entries(actors)) {
      await sleep(draw(DRAW_MS));
      await actor.end(signal);
      // Long enough for the recorder to have read each answer that the broker had sent.
      await sleep(100 + draw(DRAW_MS));
      const isBrokerKilled = name === 'broker' && signal === 'SIGKILL';
      if (isBrokerKilled)
        for (const picture of recorder.byBroker) if (!recorder.byListener.has(picture)) withBroker.add(picture);
      await actor.start();
      const before = ends[name] ?? { SIGKILL: 0, SIGTERM: 0 };
      ends[name] = { ...before, [signal]: before[signal] + 1 };
      await more(screens / 16, `pictures after ${name} has been ended by ${signal}`);
      report(`${signal} ${name}: ${recorder.byBroker.size} acknowledged`);
    }
  }
  for (const client of clients) await client.end('SIGTERM');
  await actors.paho?.end('SIGKILL');

  const keptNow = reader(join(state, 'screenshots'));
  const paho = new Set(existsSync(pahoAcks) ? readFileSync(pahoAcks, 'utf8').split('\n').filter(isWhole) : []);
  const missing = (): string[] => {
    const kept = keptNow();
    return [...new Set([...recorder.byBroker, ...recorder.byListener, ...paho])].filter((name) => !kept.has(name));
  };
  await drained(missing, () => filesOf(join(state, 'screenshots')).length);
  const kept = keptNow();
  const isBrokers = (name: string): boolean => withBroker.has(name) && !recorder.byListener.has(name);
  return {
    ends,
    screens: all().size,
    published: recorder.published.size,
    acknowledged: { broker: recorder.byBroker.size, paho: paho.size, listener: recorder.byListener.size },
    kept: kept.size,
    twice: filesOf(join(state, 'screenshots')).length - kept.size,
    delivered: recorder.delivered(),
    lost: missing().filter((name) => !isBrokers(name)),
    lostByBroker: missing().filter(isBrokers),
    foreign: [...kept].filter((name) => !recorder.published.has(name)),
  };
}

/** The last line may have been cut off by a kill. */
const isWhole = (line: string): boolean => / [0-9a-f]{64}$/.test(line);

/** Resolves when nothing is missing, or when no more files have come for a long time: some of them may be there twice. */
async function drained(missing: () => readonly string[], files: () => number): Promise<void> {
  for (;;) {
    const before = files();
    const isOver = async (): Promise<boolean> => {
      await sleep(100);
      return missing().length === 0;
    };
    await until(async () => (await isOver()) || files() > before, 'one more picture', PATIENCE_MS / 2).catch(() => {});
    if ((await isOver()) || files() === before) return;
  }
}

/** Each picture beside the latest ones: its file and its screen. */
function filesOf(folder: string): (readonly [string, string])[] {
  return readdirSync(folder).flatMap((file) => {
    const screen = /^([^.].*)_[^_]*\.(jpg|png)$/.exec(file)?.[1];
    return screen === undefined ? [] : [[file, screen] as const];
  });
}

/** The pictures in the folder, as "screen sha256"; reads each file once. */
function reader(folder: string): () => ReadonlySet<string> {
  const known = new Set<string>();
  const kept = new Set<string>();
  return () => {
    for (const [file, screen] of filesOf(folder)) {
      if (known.has(file)) continue;
      known.add(file);
      kept.add(digestOf(screen, readFileSync(join(folder, file))));
    }
    return kept;
  };
}

interface Site {
  readonly brokerPort: number;
  /** Registers screens; nothing is running yet. */
  add(screens: readonly string[]): Promise<void>;
  actors(brokerUrl: string): Record<string, Actor>;
}

const shipped = (name: string): string => readFileSync(`configs/${name}.yaml`, 'utf8');

async function registered(folder: string, name: string, env: Record<string, string>, screens: readonly string[]) {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, shipped(name));
  // A busy disk may take longer for one of them than the database has time; those that are there already stay.
  const words = ['clients', 'add', ...screens, '--config', file];
  await until(async () => (await camd(words, { env })).code === 0, 'the screens to be registered', PATIENCE_MS);
}

/** infoscreen.yaml: broker, registry, API and files in one process. */
async function embedded(t: Ending, state: string): Promise<Site> {
  const [mqtt, api] = [await freePort(), await freePort()];
  const env = { STATE_DIRECTORY: state, MQTT_LISTEN: `127.0.0.1:${mqtt}`, API_LISTEN: `127.0.0.1:${api}` };
  return {
    brokerPort: mqtt,
    add: (screens) => registered(state, 'infoscreen', env, screens),
    actors: () => ({ server: daemon(t, shipped('infoscreen'), env) }),
  };
}

/** mosquitto with the shipped settings, infoscreen-listener.yaml and infoscreen-server.yaml. */
async function throughMosquitto(t: Ending, state: string, folder: string): Promise<Site> {
  const settings = readFileSync('packaging/mosquitto/camd-durable.conf', 'utf8').replace(
    '/var/lib/mosquitto/',
    'FOLDER/',
  );
  const lines = settings.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const broker = await mosquitto(t, { lines, bare: true, started: false });
  const [api, status] = [await freePort(), await freePort()];
  const server = { STATE_DIRECTORY: state, INFOSCREEN_TOKEN: TOKEN, API_LISTEN: `127.0.0.1:${api}` };
  const listener = {
    ...{ INFOSCREEN_TOKEN: TOKEN, API_BASE_URL: `http://127.0.0.1:${api}` },
    ...{ STATUS_LISTEN: `127.0.0.1:${status}`, SPOOL_FOLDER: join(folder, 'spool') },
  };
  return {
    brokerPort: broker.port,
    add: (screens) => registered(state, 'infoscreen-server', server, screens),
    actors: (url) => ({
      broker: { start: () => broker.start(), end: (signal) => broker.kill(signal) },
      server: daemon(t, shipped('infoscreen-server'), { ...server, MQTT_URL: url }),
      listener: daemon(t, shipped('infoscreen-listener'), { ...listener, MQTT_URL: url }),
    }),
  };
}

function daemon(t: Ending, yaml: string, env: Record<string, string>, files: Record<string, string> = {}): Actor {
  let running: Awaited<ReturnType<typeof startDaemon>> | undefined;
  return {
    async start() {
      running ??= await startDaemon(t, yaml, { env, files });
    },
    async end(signal) {
      const ending = running;
      running = undefined;
      ending?.signal(signal);
      await ending?.ended;
    },
  };
}

/** infoscreen-client.yaml as it is shipped, but for the program that takes the screenshot. */
function ownClient(t: Ending, id: string, url: string, every: number): Actor {
  const yaml = dedent`
    camd: 1
    include: [infoscreen-client.yaml]
    vars: { interval: ${every}s }
    pipeline:
      screen: { command: [${PYTHON}, ${resolve('test/support/noise_screen.py')}] }
  `;
  const files = { 'infoscreen-client.yaml': shipped('infoscreen-client') };
  return daemon(t, yaml, { SCREEN_ID: id, MQTT_URL: url }, files);
}

function pahoScreens(t: Ending, folder: string, port: number, count: number, every: number, acks: string): Actor {
  const base = join(folder, 'base.jpg');
  writeFileSync(base, pictureMaker(2048)(''));
  let child: ReturnType<typeof spawn> | undefined;
  let run = 0;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill(signal);
    await once(ending, 'exit');
  };
  t.teardown(() => end('SIGKILL'));
  return {
    async start() {
      const words = [port, count, every, run++, base, acks].map(String);
      child = spawn(PYTHON, ['test/support/paho_screens.py', ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
    },
    end,
  };
}

/** Ends one after the other, and starts that one again. */
function byTurns(actors: readonly Actor[]): Actor {
  let turn = 0;
  const current = () => actors[turn % actors.length];
  return {
    async start() {
      await current()?.start();
    },
    async end(signal) {
      turn++;
      await current()?.end(signal);
    },
  };
}
