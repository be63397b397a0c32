// Asks edges for their lists of cameras: a few at a time, and again with the next hello when an edge does not answer.

import { environment } from '../../../core/contract/plugin.ts';
import { replyFault } from './chain.ts';
import type { HubCarrier, ListedCamera } from './protocol.ts';

/** Edges that are asked at one time. */
const PARALLEL = 32;
/** Milliseconds for a list. */
const LIST_MS = 5000;

export interface ListsHost {
  readonly carrier: HubCarrier;
  readonly signal: AbortSignal;
  /** Which of these cameras may be listed. Rejects when that cannot be told now. */
  allowed(cameras: readonly ListedCamera[]): Promise<readonly ListedCamera[]>;
  listed(edge: string, revision: number, cameras: readonly ListedCamera[]): void;
  failed(edge: string, cause: unknown): void;
}

export interface Lists {
  ask(edge: string): void;
}

export function createLists({ carrier, signal, allowed, listed, failed }: ListsHost): Lists {
  /** Edges whose list is asked for, or will be; true: the list has changed while it was asked for. */
  const asked = new Map<string, boolean>();
  const waiting: string[] = [];
  let busy = 0;

  const ask = async (edge: string): Promise<void> => {
    const reply = await carrier.ask(edge, { is: 'list' }, { signal, timeoutMs: LIST_MS });
    if (reply.is === 'fault') throw environment(reply.code, reply.message);
    if (reply.is !== 'list') throw replyFault(reply);
    listed(edge, reply.revision, await allowed(reply.cameras));
  };
  const next = (): void => {
    if (busy >= PARALLEL || signal.aborted) return;
    const edge = waiting.shift();
    if (edge === undefined) return;
    busy++;
    asked.set(edge, false);
    ask(edge)
      .catch((cause: unknown) => {
        if (!signal.aborted) failed(edge, cause);
      })
      .finally(() => {
        busy--;
        if (asked.get(edge)) waiting.push(edge);
        else asked.delete(edge);
        next();
      });
  };
  return {
    ask(edge) {
      if (asked.has(edge)) {
        asked.set(edge, true);
        return;
      }
      asked.set(edge, false);
      waiting.push(edge);
      next();
    },
  };
}
