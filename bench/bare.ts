// A bare Node server for one MJPEG stream, without options or limits: the baseline for the fan-out benchmark.

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** "write": one buffer per frame, one write per viewer. "reused": read into one buffer, and the part is built in place. */
const [manner = 'write', feed = ''] = process.argv.slice(2);
const BUFFER = 256 * 1024;
const BOUNDARY = 'frame';
const ROOM = 256;
const END = Buffer.from([0xff, 0xd9]);
const TRAILER = Buffer.from(`\r\n--${BOUNDARY}\r\n`);
const HEAD = `HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=${BOUNDARY}\r\nConnection: close\r\n\r\n`;
const viewers = new Set<Socket>();
let latest: Buffer = Buffer.alloc(0);
let picture: Buffer = Buffer.alloc(0);

const partHead = (length: number): string => `Content-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`;
function show(part: Buffer, whole: Buffer): void {
  latest = part;
  picture = whole;
  for (const viewer of viewers) if (viewer.writableLength === 0) viewer.write(part);
}

/** The end of the current picture in this chunk, or -1. */
const endIn = (chunk: Buffer, at: number, half: boolean): number => {
  if (half && at === 0 && chunk[0] === END[1]) return 1;
  const found = chunk.indexOf(END, at);
  return found < 0 ? -1 : found + END.length;
};

/** Collects a picture's chunks, and joins the whole picture with its part head. */
function joined(): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let half = false;
  return (chunk) => {
    let at = 0;
    for (let end = endIn(chunk, at, half); end >= 0; end = endIn(chunk, at, false)) {
      const whole = [...chunks, chunk.subarray(at, end)];
      const length = whole.reduce((sum, { length }) => sum + length, 0);
      const head = Buffer.from(partHead(length));
      const part = Buffer.concat([head, ...whole, TRAILER]);
      show(part, part.subarray(head.length, head.length + length));
      chunks = [];
      at = end;
    }
    half = chunk.at(-1) === 0xff;
    if (at < chunk.length) chunks.push(chunk.subarray(at));
  };
}

/** Copies each chunk once, into the part's buffer. */
function inPlace(): (chunk: Buffer) => void {
  let part = Buffer.allocUnsafeSlow(BUFFER);
  let length = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      const end = endIn(chunk, at, part[ROOM + length - 1] === 0xff);
      length += chunk.copy(part, ROOM + length, at, end < 0 ? chunk.length : end);
      at = end < 0 ? chunk.length : end;
      if (end < 0) return;
      const head = partHead(length);
      part.write(head, ROOM - head.length, 'latin1');
      TRAILER.copy(part, ROOM + length);
      show(part.subarray(ROOM - head.length, ROOM + length + TRAILER.length), part.subarray(ROOM, ROOM + length));
      part = Buffer.allocUnsafeSlow(length + BUFFER / 4);
      length = 0;
    }
  };
}

const server = createHttpServer((request: IncomingMessage, response: ServerResponse) => {
  if (request.url !== '/stream.mjpg') {
    response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': picture.length }).end(picture);
    return;
  }
  const { socket } = request;
  socket.write(`${HEAD}--${BOUNDARY}\r\n`);
  if (latest.length > 0) socket.write(latest);
  viewers.add(socket);
  socket.on('error', () => {});
  socket.once('close', () => viewers.delete(socket));
});

const [host = '127.0.0.1', port = '0'] = feed.split(':');
if (manner === 'reused') {
  const buffer = Buffer.allocUnsafeSlow(BUFFER);
  const push = inPlace();
  const callback = (length: number): boolean => {
    push(buffer.subarray(0, length));
    return true;
  };
  connect({ host, port: Number(port), onread: { buffer, callback } });
} else connect({ host, port: Number(port) }).on('data', joined());

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
