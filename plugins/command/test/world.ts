// The world of one test: the profile as a running daemon in an empty folder, with a simulated clock and without a network.

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../../core/base/log.ts';
import type { Catalog } from '../../../core/catalog/catalog.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Problem } from '../../../core/contract/problems.ts';
import type { EditingModule } from '../../../core/daemon/editing.ts';
import { createDaemon, type Daemon } from '../../../core/daemon.ts';
import { createListeners, type Listeners } from '../../../core/graph/run/listeners.ts';
import type { Reading } from '../../../core/profile/profile.ts';
import { readProfile } from '../../../core/profile/read.ts';
import { resolvePath } from '../../../core/profile/resolve.ts';
import { readFromDisk } from '../../../core/profile/source/disk.ts';
import { type ManualClock, manualClock } from '../../../testing/clock.ts';
import type { TestFile } from './language.ts';
import { createNetwork, type Network } from './network.ts';
import { overridesOf, withServers } from './overrides.ts';
import { createPictures, type Pictures } from './pictures.ts';
import { type StandIn, startStandIn } from './servers.ts';
import { createStandIns, type StandIns } from './stand-ins.ts';

/** Real milliseconds for work outside of the event loop before simulated time advances. */
const GRACE_MS = 150;
/** Simulated milliseconds per step of a wait. */
const STEP_MS = 1000;

export interface World {
  readonly daemon: Daemon;
  readonly reading: Reading;
  readonly time: ManualClock;
  readonly network: Network;
  readonly pictures: Pictures;
  readonly standIns: StandIns;
  readonly servers: ReadonlyMap<string, StandIn>;
  /** The frames that each node has sent. */
  readonly frames: ReadonlyMap<string, readonly Frame[]>;
  /** Makes the next picture for a source. */
  take(node: string, size?: string): ReturnType<Pictures['make']>;
  /**
   * Waits for the work; when no work is left, simulated time advances, by `limitMs` at most. Undefined if that was not enough. `graceMs`:
   * real time for work outside of the event loop, such as the encoding of a picture.
   */
  drive<T>(work: Promise<T>, limitMs: number, graceMs?: number): Promise<{ readonly value: T } | undefined>;
  stop(): Promise<void>;
}

/** Parts of camd that a test needs. */
export interface BuiltIn {
  readonly catalog: Catalog;
  readonly editing: EditingModule;
}

export type Opened =
  | { readonly ok: true; readonly world: World }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly sources: ReadonlyMap<string, string> };

/** Reads the profile with the overrides of the test and starts it. */
export async function openWorld(test: TestFile, { catalog, editing }: BuiltIn): Promise<Opened> {
  const { content } = test;
  const network = createNetwork();
  const folder = mkdtempSync(join(tmpdir(), 'camd-test-'));
  const servers = new Map<string, StandIn>();
  const cleanUp = async (): Promise<void> => {
    for (const server of servers.values()) await server.close();
    network.release();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [name, spec] of Object.entries(content.servers ?? {})) {
      servers.set(name, await startStandIn(spec ?? { status: 200, body: '' }, network));
    }
    const origins = new Map([...servers].map(([name, { origin }]) => [name, origin]));
    const env = Object.fromEntries(
      Object.entries(content.env ?? {}).map(([name, value]) => [name, withServers(String(value), origins)]),
    );
    const overrides = overridesOf(test, origins);
    const reading = await readProfile(test.profile, {
      env,
      readFile: readFromDisk,
      catalog,
      overrides: overrides.list,
    });
    if (!reading.profile) {
      await cleanUp();
      const sources = new Map([...reading.sources, [test.file, test.text]]);
      return { ok: false, problems: reading.problems.map(overrides.placed), sources };
    }
    const world = await start(test, reading, { network, servers, folder, editing, cleanUp });
    return { ok: true, world };
  } catch (thrown) {
    await cleanUp();
    throw thrown;
  }
}

interface WorldParts extends Pick<World, 'network' | 'servers'> {
  readonly folder: string;
  readonly editing: EditingModule;
  cleanUp(): Promise<void>;
}

async function start(test: TestFile, reading: Reading, parts: WorldParts): Promise<World> {
  const { network, servers, folder, editing, cleanUp } = parts;
  const { profile } = reading;
  if (!profile) throw new Error('the profile is invalid');
  const time = manualClock();
  time.setWall(Date.parse(test.content.start));
  const pictures = createPictures();
  const take = (node: string, size = test.content.sources?.[node]?.size): ReturnType<Pictures['make']> =>
    pictures.make(size, time.clock.now());
  const standIns = createStandIns(profile, test.content, (node) => take(node), sandbox(profile.folder, folder));
  const wrapped: Reading = { ...reading, catalog: standIns.wrap(reading.catalog) };
  const log = createLog({ level: 'error', write: () => {} });
  const daemon = createDaemon({
    read: async () => wrapped,
    preview: async () => wrapped,
    editing,
    log,
    clock: time.clock,
    listeners: privateListeners(network),
    version: '0',
    stateFolder: join(folder, 'state'),
  });

  const drive: World['drive'] = async (work, limitMs, graceMs = GRACE_MS) => {
    let settled = false;
    const outcome = work.finally(() => {
      settled = true;
    });
    outcome.catch(() => {});
    for (let left = limitMs; ; ) {
      await network.quiet();
      for (let waited = 0; !settled && waited < graceMs; waited += 10) await sleep(10);
      if (settled) return { value: await outcome };
      if (left <= 0) return undefined;
      const before = time.clock.monotonic();
      time.step(Math.min(left, STEP_MS));
      left -= Math.max(1, time.clock.monotonic() - before);
    }
  };

  const frames = new Map<string, Frame[]>();
  await drive(daemon.start(), 60_000);
  for (const id of profile.nodes.keys()) {
    const output = daemon.output(id);
    if (!output) continue;
    const collected: Frame[] = [];
    frames.set(id, collected);
    output.add({ push: (frame) => void collected.push(frame), drain: async () => {}, close() {} });
  }
  await network.quiet();
  return {
    daemon,
    reading,
    time,
    network,
    pictures,
    standIns,
    servers,
    frames,
    take,
    drive,
    async stop() {
      await drive(daemon.stop(), 600_000);
      await cleanUp();
    },
  };
}

/** Each listener gets a free port of the loopback. */
function privateListeners(network: Network): Listeners {
  const inner = createListeners();
  return {
    ...inner,
    async acquire(address, owner) {
      const { listener, release } = await inner.acquire('127.0.0.1:0', `${owner} ${address}`);
      network.allow(listener.port);
      const accept: typeof listener.accept = (onConnection) =>
        listener.accept((socket) => {
          network.watch(socket);
          onConnection(socket);
        });
      return { listener: { ...listener, accept }, release };
    },
  };
}

/** Existing certificates, scripts and texts of the profile are read in place; all other paths are moved to the test's folder. */
function sandbox(profileFolder: string, folder: string): (path: string) => string {
  return (path) => {
    const absolute = resolvePath(profileFolder, path);
    if (/\.(pem|crt|cer|key|mjs|js|css|html|json|txt)$/.test(absolute) && isFile(absolute)) return absolute;
    const inside = relative(profileFolder, absolute);
    const target = inside.startsWith('..') || isAbsolute(inside) ? join('outside', absolute) : join('profile', inside);
    const placed = join(folder, target);
    mkdirSync(join(placed, '..'), { recursive: true });
    return placed;
  };
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
