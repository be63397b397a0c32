// Answers a plain request for a WebSocket's path as its handshake would be answered: browsers do not tell a page why one failed. Pure.

import type { Asked, Gate, Refusal } from './gate.ts';

export interface HandshakeAnswer extends Omit<Refusal, 'status'> {
  readonly status: Refusal['status'] | 426;
}

/** `asked`: the plain request. A page sends its Origin with POST and with a handshake, but Sec-Fetch-Site only with POST. */
export function handshakeAnswer(gate: Gate, asked: Asked): HandshakeAnswer {
  const { 'sec-fetch-site': _, ...headers } = asked.headers;
  const refusal = gate({ ...asked, method: 'GET', headers, upgrade: true });
  if (refusal) return refusal;
  const message =
    'this path serves a WebSocket, and the request does not ask for one; a proxy on the way must pass on Upgrade and Connection';
  return { status: 426, message, headers: { Upgrade: 'websocket' } };
}
