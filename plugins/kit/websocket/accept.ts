// Accepts an upgrade request (RFC 6455 §4.2), or answers with an error. Compression is never negotiated.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** True when the request was accepted. `protocol`: the subprotocol that was chosen from those offered. */
export function acceptUpgrade(request: IncomingMessage, socket: Duplex, protocol?: string): boolean {
  const key = request.headers['sec-websocket-key'] ?? '';
  if (request.method !== 'GET' || !KEY.test(key)) return refuse(socket, '400 Bad Request', '');
  if (request.headers['sec-websocket-version'] !== '13') {
    return refuse(socket, '426 Upgrade Required', 'Sec-WebSocket-Version: 13\r\n');
  }
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`,
  );
  return true;
}

function refuse(socket: Duplex, status: string, headers: string): false {
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  return false;
}
