// Visitors of the built-in Moonraker, which answers their calls while the real one is unreachable.

import type { IncomingMessage } from 'node:http';
import { request as send } from 'undici';
import type { WebSocket } from 'ws';
import type { Upstream } from '../../kit/proxy/upstream.ts';
import { answerCalls, type BuiltIn } from './built-in.ts';
import type { Verdict } from './json-rpc-filter.ts';

export interface Local {
  serve(visitor: WebSocket, request: IncomingMessage): void;
  readonly visitors: () => number;
  /** Disconnects all visitors, so that their apps connect to the real Moonraker. */
  close(): void;
}

export function createLocal(builtIn: BuiltIn, filter: (message: Buffer) => Verdict): Local {
  const visitors = new Set<WebSocket>();
  return {
    serve(visitor, request) {
      const origin = originOf(request);
      visitors.add(visitor);
      visitor.on('close', () => visitors.delete(visitor));
      visitor.on('message', (data) => {
        const { forward, answer } = filter(Buffer.isBuffer(data) ? data : Buffer.concat([data].flat() as Buffer[]));
        const ours = forward === undefined ? undefined : answerCalls(forward, builtIn, origin);
        const text = joined(ours, answer);
        if (text !== undefined) visitor.send(text);
      });
    },
    visitors: () => visitors.size,
    close() {
      for (const visitor of visitors) visitor.close(1012, 'the printer is reachable again');
    },
  };
}

/** Joins the answers to one batch to one array. */
function joined(ours: string | undefined, others: string | undefined): string | undefined {
  if (ours === undefined || others === undefined) return ours ?? others;
  return `${ours.slice(0, -1)},${others.slice(1)}`;
}

/** True if Moonraker answers with any status. Never rejects. */
export async function isThere(upstream: Upstream, signal: AbortSignal): Promise<boolean> {
  try {
    const { dispatcher, base, headers } = upstream;
    const answer = await send(`${base}/server/info`, { dispatcher, headers, signal });
    await answer.body.dump();
    return true;
  } catch {
    return false;
  }
}

/** Scheme and authority of the visitor's request; empty without a plain Host header, which makes URLs relative. */
export function originOf(request: IncomingMessage): string {
  const { host } = request.headers;
  if (host === undefined || !/^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host)) return '';
  const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  return `${encrypted ? 'https' : 'http'}://${host}`;
}
