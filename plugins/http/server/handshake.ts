// Answers a plain request for a WebSocket's path like its handshake: browsers hide from a page why a handshake failed. Pure.

import type { Access, Gate, Refusal } from './gate.ts';

export interface HandshakeAnswer extends Omit<Refusal, 'status'> {
  readonly status: Refusal['status'] | 426;
}

/** `access`: the plain request. A page sends its Origin with POST and with a handshake, but Sec-Fetch-Site only with POST. */
export function handshakeAnswer(gate: Gate, access: Access): HandshakeAnswer {
  const { 'sec-fetch-site': _, ...headers } = access.headers;
  const refusal = gate({ ...access, method: 'GET', headers, upgrade: true });
  if (refusal) return refusal;
  const message =
    'this path serves a WebSocket, and the request has no upgrade; a proxy in between must forward Upgrade and Connection';
  return { status: 426, message, headers: { Upgrade: 'websocket' } };
}
