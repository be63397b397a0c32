// The pictures of one camera at a hub: asks its edge for one after the other for as long as somebody wants them.

import { type Clock, environment, type Fault } from '../../../core/contract/plugin.ts';
import { createBackoff } from '../work/backoff.ts';
import type { Entry } from './directory.ts';
import type { HubCarrier, Reply, Request, Size } from './protocol.ts';

type Picture = Extract<Reply, { is: 'picture' }>;

/** Milliseconds that an answer may take beyond the lease: a large picture on a thin line. */
const PATIENCE_MS = 20_000;
const FIRST_MS = 200;
const MOST_MS = 2000;
/** The part of a lease after which it is renewed while consumers take their time with a picture. */
const RENEW = 0.4;

export interface ChainHost {
  readonly hub: string;
  readonly size: Size;
  /** Milliseconds between two pictures at least. */
  readonly every: number;
  readonly lease: number;
  readonly clock: Clock;
  readonly carrier: HubCarrier;
  find(camera: string): Entry | undefined;
  /** Hands the picture on. Resolves when the next one may be asked for. */
  picture(picture: Picture, edge: string): Promise<void>;
  failed(camera: string, cause: unknown): void;
}

export interface Chain {
  /** The edge is back, or another one has the camera now: an open request is lost. */
  kick(): void;
  stop(): void;
}

export function startChain(camera: string, host: ChainHost): Chain {
  const { clock, carrier, lease } = host;
  const backoff = createBackoff({ first: FIRST_MS, most: MOST_MS });
  let stopped = false;
  let open = new AbortController();
  let after = '';
  let asked: string | undefined;

  const want = (edge: string, ms: number, probe?: number): void => {
    const request: Request = { is: 'want', hub: host.hub, camera, size: host.size, lease: ms };
    carrier.tell(edge, probe === undefined ? request : { ...request, probe });
  };
  const ask = (edge: string, signal: AbortSignal): Promise<Reply> => {
    const request: Request = {
      ...{ is: 'next', hub: host.hub, camera, size: host.size, after, every: host.every, lease },
    };
    const timeoutMs = lease + PATIENCE_MS;
    return carrier.ask(edge, request, { signal, timeoutMs, onProbe: (probe) => want(edge, lease, probe) });
  };
  /** A consumer that must have every picture holds the next request back, but not the camera. */
  const handOn = async (picture: Picture, edge: string): Promise<void> => {
    const done = new AbortController();
    const renew = async (): Promise<void> => {
      while (!done.signal.aborted) {
        await clock.sleep(lease * RENEW, done.signal).catch(() => {});
        if (!done.signal.aborted && !stopped) want(edge, lease);
      }
    };
    const taken = host.picture(picture, edge);
    void renew();
    try {
      await taken;
      // Also of one that is none: the edge would send the same again and again.
      after = picture.head.key;
    } finally {
      done.abort();
    }
  };
  const pause = async (): Promise<void> => {
    await clock.sleep(backoff.next(), open.signal).catch(() => {});
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      if (open.signal.aborted) open = new AbortController();
      const { signal } = open;
      const edge = host.find(camera)?.edge;
      if (edge === undefined) {
        await pause();
        continue;
      }
      if (asked !== undefined && asked !== edge) want(asked, 0);
      asked = edge;
      try {
        const reply = await ask(edge, signal);
        if (reply.is === 'picture') {
          backoff.reset();
          await handOn(reply, edge);
        } else if (reply.is !== 'nothing') throw replyFault(reply);
      } catch (cause) {
        if (stopped || signal.aborted) continue;
        host.failed(camera, cause);
        await pause();
      }
    }
    if (asked !== undefined) want(asked, 0);
  };
  void run();

  return {
    kick() {
      backoff.reset();
      open.abort();
    },
    stop() {
      stopped = true;
      open.abort();
    },
  };
}

/** What an answer says that is none to this request. */
export const replyFault = (reply: Reply): Fault =>
  reply.is === 'fault'
    ? environment(reply.code, reply.message)
    : environment('bad-answer', `The edge answered with "${reply.is}".`);
