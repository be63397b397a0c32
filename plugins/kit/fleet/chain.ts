// The pictures of one camera at a hub: requests them one at a time from its edge while there is a consumer.

import { type Clock, environment, type Fault } from '../../../core/contract/plugin.ts';
import { createBackoff } from '../work/backoff.ts';
import type { Entry } from './directory.ts';
import type { HubCarrier, Reply, Request, Size } from './protocol.ts';

type Picture = Extract<Reply, { is: 'picture' }>;

/** Milliseconds that an answer may take beyond the lease: for a large picture on a slow line. */
const ANSWER_MS = 20_000;
const FIRST_MS = 200;
const MOST_MS = 2000;
/** Fraction of a lease after which it is renewed while consumers process a picture. */
const RENEW = 0.4;

export interface ChainHost {
  readonly hub: string;
  readonly size: Size;
  /** Least milliseconds between two pictures. */
  readonly every: number;
  readonly lease: number;
  readonly clock: Clock;
  readonly carrier: HubCarrier;
  find(camera: string): Entry | undefined;
  /** Delivers the picture. Resolves when the next one may be requested. */
  picture(picture: Picture, edge: string): Promise<void>;
  failed(camera: string, cause: unknown): void;
}

export interface Chain {
  /** The edge is back, or another edge serves the camera now: the open request is lost. */
  kick(): void;
  stop(): void;
}

export function startChain(camera: string, host: ChainHost): Chain {
  const { clock, carrier, lease } = host;
  const backoff = createBackoff({ first: FIRST_MS, most: MOST_MS });
  let stopped = false;
  let open = new AbortController();
  let after = '';
  let heldEdge: string | undefined;

  const want = (edge: string, ms: number, probe?: number): void => {
    const request: Request = { is: 'want', hub: host.hub, camera, size: host.size, lease: ms };
    carrier.send(edge, probe === undefined ? request : { ...request, probe });
  };
  const ask = (edge: string, signal: AbortSignal): Promise<Reply> => {
    const request: Request = {
      ...{ is: 'next', hub: host.hub, camera, size: host.size, after, every: host.every, lease },
    };
    const timeoutMs = lease + ANSWER_MS;
    return carrier.ask(edge, request, { signal, timeoutMs, onProbe: (probe) => want(edge, lease, probe) });
  };
  /** Waits for consumers that must receive every picture: they delay the next request, but the camera stays held. */
  const deliver = async (picture: Picture, edge: string): Promise<void> => {
    const done = new AbortController();
    const renew = async (): Promise<void> => {
      while (!done.signal.aborted) {
        await clock.sleep(lease * RENEW, done.signal).catch(() => {});
        if (!done.signal.aborted && !stopped) want(edge, lease);
      }
    };
    const delivered = host.picture(picture, edge);
    void renew();
    try {
      await delivered;
      // Also after an invalid picture: otherwise the edge would send it again and again.
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
      if (heldEdge !== undefined && heldEdge !== edge) want(heldEdge, 0);
      heldEdge = edge;
      try {
        const reply = await ask(edge, signal);
        if (reply.is === 'picture') {
          backoff.reset();
          await deliver(reply, edge);
        } else if (reply.is !== 'nothing') throw replyFault(reply);
      } catch (cause) {
        if (stopped || signal.aborted) continue;
        host.failed(camera, cause);
        await pause();
      }
    }
    if (heldEdge !== undefined) want(heldEdge, 0);
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

/** The fault for a reply that does not fit its request. */
export const replyFault = (reply: Reply): Fault =>
  reply.is === 'fault'
    ? environment(reply.code, reply.message)
    : environment('bad-answer', `The edge answered with "${reply.is}".`);
