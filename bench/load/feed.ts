// Load program: a camera that sends time-stamped JPEGs to every connection. The benchmark controls it by messages.

import { createServer, type Socket } from 'node:net';
import { pictures } from '../pictures.ts';
import { stamp, stampable } from '../stamp.ts';

/** Pictures per second for every connection of one port; 0: none. */
interface Order {
  readonly door: number;
  readonly fps: number;
}

/** The folder of pictures, the number of ports for bare JPEGs, and of the ports after them that answer a GET with multipart. */
const [folder = '', raw = '1', http = '0'] = process.argv.slice(2);
/** The only boundary that mjpg-streamer's input accepts. */
const BOUNDARY = 'boundarydonotcross';
const HEAD = `HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=${BOUNDARY}\r\n\r\n--${BOUNDARY}\r\n`;
const frames = pictures(folder).map(stampable);

interface FeedServer {
  readonly isHttp: boolean;
  readonly sockets: Socket[];
  fps: number;
  sent: number;
  timer: NodeJS.Timeout | undefined;
}

function open(isHttp: boolean): Promise<{ door: FeedServer; port: number }> {
  const door: FeedServer = { isHttp, sockets: [], fps: 0, sent: 0, timer: undefined };
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      if (!isHttp) door.sockets.push(socket);
      else
        socket.once('data', () => {
          socket.write(HEAD);
          door.sockets.push(socket);
        });
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        const at = door.sockets.indexOf(socket);
        if (at >= 0) door.sockets.splice(at, 1);
      });
      socket.resume();
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
      const address = server.address();
      resolve({ door, port: typeof address === 'object' && address ? address.port : 0 });
    });
  });
}

/** Spreads the cameras: each connection has its slot within the period. */
function run(door: FeedServer): void {
  clearTimeout(door.timer);
  door.timer = undefined;
  if (door.fps === 0) return;
  const { length } = door.sockets;
  const step = 1000 / door.fps / Math.max(1, length);
  const began = performance.now();
  let turn = 0;
  const tick = (): void => {
    const due = Math.floor((performance.now() - began) / step);
    for (; turn <= due; turn++) send(door, door.sockets[turn % door.sockets.length]);
    door.timer = setTimeout(tick, Math.max(0, began + turn * step - performance.now()));
  };
  tick();
}

function send(door: FeedServer, socket: Socket | undefined): void {
  const frame = frames[door.sent++ % frames.length];
  // Skips frames for a slow server.
  if (!socket || !frame || socket.writableLength > 0) return;
  // A copy: a frame in one socket's queue must not get the stamp of the next one.
  const own = Buffer.from(frame);
  stamp(own);
  if (!door.isHttp) socket.write(own);
  else {
    const head = `Content-Type: image/jpeg\r\nContent-Length: ${own.length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), own, Buffer.from(`\r\n--${BOUNDARY}\r\n`)]));
  }
}

const opened = await Promise.all(Array.from({ length: Number(raw) + Number(http) }, (_, n) => open(n >= Number(raw))));
process.on('message', ({ door, fps }: Order) => {
  const found = opened[door]?.door;
  if (found) {
    found.fps = fps;
    found.sent = 0;
    run(found);
  }
  process.send?.({ connections: found?.sockets.length });
});
process.send?.({ ports: opened.map(({ port }) => port) });
