// The servers of the fan-out and snapshot scenes with one feed: camd, two bare Node servers, and the installed peers.

import { BEFORE, type Camd, onePipeline, startCamd } from './camd.ts';
import type { Watched } from './load/viewers.ts';
import { peers, whyNot } from './peers/index.ts';
import type { RunningPeer } from './peers/peer.ts';
import { pictureFolder } from './pictures.ts';
import { LOAD_CPU, type Program, SERVER_CPU, startProgram } from './programs.ts';
import { cpuTime, resident } from './resources.ts';

export const FPS = 30;
export const WRITE = 'bare Node, one write';

/** A server that is measured in turn with the others. */
export interface Contender {
  readonly name: string;
  readonly stream?: string;
  readonly snapshot?: string;
  readonly pid: number;
  /** The ports of the feed that it reads; empty if it has another source of pictures. */
  readonly doors: readonly number[];
}

export interface Sample extends Watched {
  /** Microseconds of server CPU per delivered frame. */
  readonly cost: number;
  readonly memory: number;
}

export interface Stage {
  readonly contenders: readonly Contender[];
  readonly camd: Camd;
  readonly feed: Program;
  readonly viewers: Program;
  close(): Promise<void>;
}

/** A server started by the user: "mjpg-streamer=http://127.0.0.1:8090/?action=stream,1234". */
export interface Foreign {
  readonly name: string;
  readonly stream: string;
  readonly pid: number;
}

/** Further servers in addition to camd and the bare servers. */
export interface Others {
  /** If set, the installed peers that serve this are started. */
  readonly peers?: 'stream' | 'snapshot';
  readonly foreign?: readonly Foreign[];
  /** Nodes of camd's profile in addition to `onePipeline`. */
  readonly further?: string;
}

const OWN_DOORS = BEFORE === undefined ? 3 : 4;

export async function setUp({ peers: wanted, foreign = [], further = '' }: Others = {}): Promise<Stage> {
  const found = wanted ? peers.filter((peer) => whyNot(peer) === undefined) : [];
  const raw = OWN_DOORS + found.length;
  const arguments_ = [pictureFolder(), String(raw), String(found.length)];
  const feed = await startProgram<{ ports: number[] }>('load/feed', arguments_, LOAD_CPU);
  const [first = 0, second = 0, third = 0, fourth = 0] = feed.first.ports;
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const bare = (manner: string, port: number) =>
    startProgram<{ origin: string }>('bare', [manner, `127.0.0.1:${port}`], SERVER_CPU);
  const [camd, write, reused, before] = await Promise.all([
    startCamd(onePipeline(first) + further),
    bare('write', second),
    bare('reused', third),
    BEFORE === undefined ? undefined : startCamd(onePipeline(fourth), [], BEFORE),
  ]);
  const running: { peer: RunningPeer; doors: readonly number[] }[] = [];
  for (const [at, peer] of found.entries()) {
    const doors = [OWN_DOORS + at, raw + at];
    const [rawPort = 0, httpPort = 0] = doors.map((door) => feed.first.ports[door]);
    running.push({ peer: await peer.start({ raw: rawPort, http: httpPort }), doors });
  }
  const ofOrigin = (origin: string) => ({ stream: `${origin}/stream.mjpg`, snapshot: `${origin}/snapshot.jpg` });
  return {
    contenders: [
      { name: 'camd', ...ofOrigin(camd.origin()), pid: camd.pid, doors: [0] },
      { name: WRITE, ...ofOrigin(write.first.origin), pid: write.pid, doors: [1] },
      { name: 'bare Node, reused buffer', ...ofOrigin(reused.first.origin), pid: reused.pid, doors: [2] },
      ...(before ? [{ name: 'the build before', ...ofOrigin(before.origin()), pid: before.pid, doors: [3] }] : []),
      ...running.map(({ peer, doors }) => ({ ...peer, doors })).filter((peer) => wanted && peer[wanted] !== undefined),
      ...foreign.map((server) => ({ ...server, doors: [] })),
    ],
    camd,
    feed,
    viewers,
    async close() {
      await Promise.all(running.map(({ peer }) => peer.stop()));
      await Promise.all([camd.stop(), before?.stop(), write.stop(), reused.stop(), viewers.stop(), feed.stop()]);
    },
  };
}

/** Gives frames to one server; the others keep their connections open. Durations in milliseconds. */
export async function watchStream(
  { feed, viewers: watch }: Stage,
  { doors, stream: url, pid }: Contender,
  viewers: number,
  window: number,
  fps = FPS,
): Promise<Sample> {
  for (const door of doors) await feed.ask({ door, fps });
  await watch.ask({ step: 'enter', url, viewers, warm: 500 });
  const before = cpuTime(pid);
  const seen = await watch.ask<Watched>({ step: 'watch', window });
  const spent = cpuTime(pid) - before;
  const memory = resident(pid);
  await watch.ask({ step: 'leave' });
  for (const door of doors) await feed.ask({ door, fps: 0 });
  return { ...seen, cost: spent / 1000 / seen.frames, memory };
}
