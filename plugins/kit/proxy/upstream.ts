// The server behind a reverse proxy: its address and connections.

import { Agent } from 'undici';
import type { Finding } from '../../../core/contract/plugin.ts';

const KEEP_ALIVE = 10_000;
const MAX_HEADER_BYTES = 64 * 1024;

export interface Upstream {
  /** Without a trailing slash; may have a path. */
  readonly base: string;
  readonly dispatcher: Agent;
  /** Milliseconds to connect, to receive the head of an answer, and between two pieces of its body. */
  readonly timeoutMs: number;
  /** Added to every request; replaces visitor headers of the same name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Called when it answered, with this status. */
  onAnswer(status: number): void;
  /** Called when it did not answer; `why` is the end of a sentence. */
  onAway(why: string): void;
}

export interface UpstreamOptions extends Omit<Upstream, 'base' | 'dispatcher'> {
  readonly to: string;
  readonly connections: number;
}

/** The query comes from each request, and the credentials of the upstream have options of their own. */
export function checkUpstream(option: string, to: string): Finding[] {
  const { search, hash, username } = new URL(to);
  if (search === '' && hash === '' && username === '') return [];
  const message = `${option}: the URL may contain only a host, a port and a path.`;
  return [{ option, code: 'wrong-value', message }];
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { to, timeoutMs, connections, headers } = options;
  const url = new URL(to);
  return {
    ...options,
    base: `${url.origin}${url.pathname.replace(/\/$/, '')}`,
    dispatcher: new Agent({
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: { timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    }),
    timeoutMs,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}
