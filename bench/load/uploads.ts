// Load program: uploads one picture repeatedly by HTTP POST or MQTT QoS 1, each after the acknowledgement of the one before.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export interface UploadOrder {
  readonly by: 'http' | 'mqtt';
  readonly port: number;
  /** Number of connections, or of messages on one connection without a PUBACK. */
  readonly parallel: number;
  readonly count: number;
  /** The uploads rotate through these cameras. */
  readonly cameras: readonly string[];
  readonly token: string;
}

const [file = ''] = process.argv.slice(2);
const picture = readFileSync(file);
const PUBLISH_QOS_1 = 0x32;
const PUBACK = 0x40;
const CONNACK = 0x20;
const MAX_ID = 60_000;

/** Issues numbers below `count`, and resolves when all are done. */
function counter(count: number) {
  let [next, done] = [0, 0];
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    finished,
    take: (): number | undefined => (next < count ? next++ : undefined),
    done() {
      if (++done === count) finish();
    },
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', fail);
  await once(socket, 'connect');
  return socket;
}

async function post({ port, parallel, count, cameras, token }: UploadOrder): Promise<void> {
  const left = counter(count);
  const sockets = await Promise.all(Array.from({ length: parallel }, () => open(port)));
  for (const socket of sockets) {
    let answer = '';
    const send = (): void => {
      const number = left.take();
      if (number === undefined) return;
      const head = [
        `POST /screens/${cameras[number % cameras.length]} HTTP/1.1`,
        'Host: 127.0.0.1',
        'Content-Type: image/jpeg',
        `Authorization: Bearer ${token}`,
        `Content-Length: ${picture.length}`,
      ];
      socket.cork();
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.write(picture);
      socket.uncork();
    };
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const end = answer.indexOf('\r\n\r\n');
      const length = Number(/content-length: *(\d+)/i.exec(answer)?.[1] ?? 0);
      if (end < 0 || answer.length < end + 4 + length) return;
      if (!/^HTTP\/1\.1 200 /.test(answer)) fail(new Error(answer));
      answer = '';
      left.done();
      send();
    });
    send();
  }
  await left.finished;
  for (const socket of sockets) socket.destroy();
}

async function publish({ port, parallel, count, cameras }: UploadOrder): Promise<void> {
  const left = counter(count);
  const socket = await open(port);
  const send = (): void => {
    const number = left.take();
    if (number === undefined) return;
    const head = Buffer.concat([text(`screens/${cameras[number % cameras.length]}`), uint16((number % MAX_ID) + 1)]);
    socket.cork();
    socket.write(Buffer.concat([Buffer.from([PUBLISH_QOS_1, ...remaining(head.length + picture.length)]), head]));
    socket.write(picture);
    socket.uncork();
  };
  let bytes: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    // CONNACK and PUBACK have four bytes each.
    for (; bytes.length >= 4; bytes = bytes.subarray(4)) {
      if (bytes[0] === CONNACK) for (let at = 0; at < parallel; at++) send();
      if (bytes[0] !== PUBACK) continue;
      left.done();
      send();
    }
  });
  const variable = Buffer.concat([text('MQTT'), Buffer.from([4, 2]), uint16(60), text(`uploads-${process.pid}`)]);
  socket.write(Buffer.concat([Buffer.from([0x10, ...remaining(variable.length)]), variable]));
  await left.finished;
  socket.destroy();
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const text = (value: string): Buffer => Buffer.concat([uint16(Buffer.byteLength(value)), Buffer.from(value)]);
/** MQTT 3.1.1 §2.2.3. */
const remaining = (length: number): number[] =>
  length < 128 ? [length] : [(length % 128) | 128, ...remaining(Math.floor(length / 128))];

function fail(cause: Error): never {
  process.stderr.write(`${cause.message}\n`);
  process.exit(1);
}

process.on('message', async (order: UploadOrder) => {
  const began = performance.now();
  await (order.by === 'http' ? post(order) : publish(order));
  process.send?.((performance.now() - began) / 1000);
});
process.send?.({ ready: true });
