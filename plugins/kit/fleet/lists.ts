// Requests the camera lists of edges: a few at a time, and again after the next hello if an edge does not answer.

import { environment } from '../../../core/contract/plugin.ts';
import { replyFault } from './chain.ts';
import type { HubCarrier, ListedCamera } from './protocol.ts';

/** Requests in flight at the same time. */
const PARALLEL = 32;
/** Timeout of a list in milliseconds. */
const LIST_MS = 5000;

export interface ListsHost {
  readonly carrier: HubCarrier;
  readonly signal: AbortSignal;
  /** The cameras that may be listed. Rejects if the registry cannot answer now. */
  allowed(cameras: readonly ListedCamera[]): Promise<readonly ListedCamera[]>;
  listed(edge: string, revision: number, cameras: readonly ListedCamera[]): void;
  failed(edge: string, cause: unknown): void;
}

export interface Lists {
  ask(edge: string): void;
}

export function createLists({ carrier, signal, allowed, listed, failed }: ListsHost): Lists {
  /** Edges with a request in flight or waiting; true: the list has changed since the request was sent. */
  const requested = new Map<string, boolean>();
  const waiting: string[] = [];
  let busy = 0;

  const ask = async (edge: string): Promise<void> => {
    const reply = await carrier.ask(edge, { is: 'list' }, { signal, timeoutMs: LIST_MS });
    if (reply.is === 'fault') throw environment(reply.code, reply.message);
    if (reply.is !== 'list') throw replyFault(reply);
    listed(edge, reply.revision, await allowed(reply.cameras));
  };
  const startNext = (): void => {
    if (busy >= PARALLEL || signal.aborted) return;
    const edge = waiting.shift();
    if (edge === undefined) return;
    busy++;
    requested.set(edge, false);
    ask(edge)
      .catch((cause: unknown) => {
        if (!signal.aborted) failed(edge, cause);
      })
      .finally(() => {
        busy--;
        if (requested.get(edge)) waiting.push(edge);
        else requested.delete(edge);
        startNext();
      });
  };
  return {
    ask(edge) {
      if (requested.has(edge)) {
        requested.set(edge, true);
        return;
      }
      requested.set(edge, false);
      waiting.push(edge);
      startNext();
    },
  };
}
