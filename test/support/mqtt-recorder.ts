// A TCP proxy in front of a broker that records each picture that the broker or a listener has acknowledged.

import { createHash } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import type { Ending } from './harness.ts';

/** "screen sha256" of each picture. */
export interface MqttRecorder {
  readonly port: number;
  /** Published by a screen, acknowledged or not. */
  readonly published: ReadonlySet<string>;
  /** Acknowledged by the broker to the screen. */
  readonly byBroker: ReadonlySet<string>;
  /** Acknowledged by a listener to the broker. */
  readonly byListener: ReadonlySet<string>;
  /** Number of deliveries of a picture from the broker to a listener. */
  delivered(): number;
}

const PUBLISH = 3;
const PUBACK = 4;

export const digestOf = (screen: string, picture: Buffer): string =>
  `${screen} ${createHash('sha256').update(picture).digest('hex')}`;

/** `target` may be down at times; a connection then ends immediately. */
export async function mqttRecorder(t: Ending, target: number, picture: RegExp): Promise<MqttRecorder> {
  const published = new Set<string>();
  const byBroker = new Set<string>();
  const byListener = new Set<string>();
  const sockets = new Set<Socket>();
  let deliveries = 0;

  /** Records the QoS 1 pictures of one direction; a PUBACK in the other direction confirms them. */
  const recorder = (onPicture: (name: string) => void, acknowledged: Set<string>) => {
    const open = new Map<number, string>();
    return {
      publish(head: number, body: Buffer): void {
        const end = 2 + body.readUInt16BE(0);
        const screen = picture.exec(body.toString('utf8', 2, end))?.[1];
        const id = body.readUInt16BE(end);
        open.delete(id);
        if (screen === undefined || ((head >> 1) & 3) !== 1) return;
        const name = digestOf(screen, body.subarray(end + 2));
        onPicture(name);
        open.set(id, name);
      },
      puback(body: Buffer): void {
        const name = open.get(body.readUInt16BE(0));
        if (name !== undefined) acknowledged.add(name);
      },
    };
  };
  const join = (near: Socket, far: Socket): void => {
    const up = recorder((name) => published.add(name), byBroker);
    const down = recorder(() => void deliveries++, byListener);
    const pass = (from: Socket, to: Socket, own: typeof up, other: typeof up): void => {
      const read = packets((head, body) => {
        if (head >> 4 === PUBLISH && ((head >> 1) & 3) > 0) own.publish(head, body);
        if (head >> 4 === PUBACK) other.puback(body);
      });
      from.on('data', (chunk: Buffer) => {
        read(chunk);
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    };
    pass(near, far, up, down);
    pass(far, near, down, up);
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    sockets.add(near).add(far);
    join(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, published, byBroker, byListener, delivered: () => deliveries };
}

/** Cuts a stream into its packets (MQTT 3.1.1 §2.2): the first byte, and the bytes after the Remaining Length. */
function packets(onPacket: (head: number, body: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  const next = (): boolean => {
    let length = 0;
    for (let at = 1; at < held.length && at <= 4; at++) {
      const byte = held[at] ?? 0;
      length += (byte & 0x7f) * 128 ** (at - 1);
      if (byte & 0x80) continue;
      const end = at + 1 + length;
      if (held.length < end) return false;
      onPacket(held[0] ?? 0, held.subarray(at + 1, end));
      held = held.subarray(end);
      return true;
    }
    return false;
  };
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (next());
  };
}
