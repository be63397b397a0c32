// Upgrade requests: checked like other requests, then handed to their route.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Upgrade } from '../../../core/contract/ports.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { rawAnswer } from './answers.ts';
import type { Router } from './router.ts';
import type { Setting } from './setting.ts';

/** `again` takes a connection back as one on which a request is about to be sent. */
export function createUpgrades(
  routes: Router<Upgrade>,
  setting: () => Setting,
  again: (socket: Socket) => void,
): (request: IncomingMessage, socket: Socket, head: Buffer, path: string) => void {
  return (request, socket, head, path) => {
    const { gate, metrics, log } = setting();
    socket.on('error', (error: NodeJS.ErrnoException) => log.debug('a connection broke', { code: error.code }));
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      // Some clients offer HTTP/2 with each plain request (RFC 7540 §3.2); a server may ignore that and answer as ever.
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
      again(socket);
      return;
    }
    metrics.count('upgrades_total');
    const refusal = gate({ method: 'GET', path, headers: request.headers, upgrade: true });
    if (refusal) {
      metrics.count('refused_total');
      socket.end(rawAnswer(refusal.status, refusal.message, refusal.headers), () => socket.destroySoon());
      return;
    }
    const found = routes.find('GET', path);
    if (found.is !== 'found') {
      socket.end(rawAnswer(404, 'no WebSocket is served at this path'), () => socket.destroySoon());
      return;
    }
    try {
      found.route.handler(request, socket, head, found.params);
    } catch (cause) {
      log.error('a handshake failed', { error: sentence(cause) });
      socket.destroy();
    }
  };
}

const LEFT_OUT = new Set(['upgrade', 'connection', 'http2-settings']);

function withoutUpgrade(request: IncomingMessage): Buffer {
  let head = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    if (!LEFT_OUT.has(name.toLowerCase())) head += `${name}: ${request.rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, 'latin1');
}
