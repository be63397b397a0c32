// Edges that connect with the camd protocol: one WebSocket each, over which this hub requests lists, pictures and commands.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { withDeadline } from '../../../core/base/deadline.ts';
import { formatSize } from '../../../core/base/units.ts';
import { environment, type Verdict } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { decodePacket, encodePacket, helloOf, type Packet, replyOf } from '../../kit/fleet/packet.ts';
import type { AskOptions, HubCarrier, HubHandler, Reply, Request } from '../../kit/fleet/protocol.ts';
import { createCollector } from '../../kit/image/collector.ts';
import { acceptUpgrade } from '../../kit/websocket/accept.ts';
import { OPCODE } from '../../kit/websocket/frame-reader.ts';
import { CLOSE, type Connection, createConnection } from './connection.ts';

/** Limit of a message without its picture, in bytes: the list of an edge with thousands of cameras. */
const MORE_BYTES = 1024 * 1024;
/** Limit of open requests to one edge. */
export const MAX_OPEN = 4096;

export interface EdgesOptions {
  readonly maxFrame: number;
  readonly maxConnections: number;
  /** Milliseconds without bytes after which an edge is pinged, and after which its connection is ended. */
  readonly idle: number;
  readonly timeout: number;
  now(): number;
  verify(edge: string, token: string): Promise<Verdict>;
  refused(why: string, client: string): void;
  count(name: string): void;
}

export interface EdgeAdmission {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly client: string;
  readonly edge: string;
  readonly token: string;
}

interface OpenRequest {
  receive(reply: Reply): void;
  lost(): void;
}

interface Edge {
  readonly name: string;
  readonly token: string;
  readonly connection: Connection;
  readonly open: Map<number, OpenRequest>;
  lastBytesAt: number;
  lastPingAt: number;
}

export interface Edges {
  readonly carrier: HubCarrier;
  admit(admission: EdgeAdmission): void;
  recheck(): void;
  sweep(): void;
  close(): void;
  readonly size: number;
}

export function createEdges(options: EdgesOptions, handler: () => HubHandler): Edges {
  const { now, count, maxFrame } = options;
  const edges = new Map<string, Edge>();
  const all = new Set<Connection>();
  let nextNumber = 0;

  const leave = (edge: Edge): void => {
    for (const request of edge.open.values()) request.lost();
    edge.open.clear();
    if (edges.get(edge.name) !== edge) return;
    edges.delete(edge.name);
    handler().hello(edge.name, { session: '', revision: -1, ttl: 0 });
  };
  const receive = (edge: Edge, packet: Packet | undefined): void => {
    if (!packet) {
      count('bad_messages_total');
      edge.connection.close(CLOSE.protocol, 'this is not a message of the camd protocol');
      return;
    }
    const { re } = packet.head;
    if (typeof re === 'number') {
      const reply = replyOf(packet);
      if (reply) edge.open.get(re)?.receive(reply);
      return;
    }
    const hello = packet.head.is === 'hello' ? helloOf(packet.head) : undefined;
    if (hello && edges.get(edge.name) === edge) handler().hello(edge.name, hello);
  };
  /** Bytes before the token is checked are not read. */
  const begin = (admission: EdgeAdmission): { readonly edge: Edge; admitted(): void } => {
    const collector = createCollector();
    const connection = createConnection(admission.socket, admission.head, {
      data(bytes, last) {
        if (collector.length + bytes.length > maxFrame + MORE_BYTES) {
          connection.close(CLOSE.tooLarge, `the picture is larger than ${formatSize(maxFrame)}`);
          return;
        }
        collector.append(bytes, 0, bytes.length);
        if (last) receive(edge, decodePacket(collector.take()));
      },
      alive() {
        edge.lastBytesAt = now();
      },
      ended() {
        all.delete(connection);
        leave(edge);
      },
    });
    const { edge: name, token } = admission;
    const edge: Edge = { name, token, connection, open: new Map(), lastBytesAt: now(), lastPingAt: now() };
    all.add(connection);
    connection.pause();
    return {
      edge,
      admitted() {
        edges.get(name)?.connection.close(CLOSE.replaced, 'a newer connection of this edge has taken over');
        edges.set(name, edge);
        connection.resume();
      },
    };
  };
  const admit = async (admission: EdgeAdmission): Promise<void> => {
    if (!acceptUpgrade(admission.request, admission.socket)) return;
    const { edge, admitted } = begin(admission);
    const refuse = (code: number, why: string): void => {
      count('refused_total');
      options.refused(why, admission.client);
      edge.connection.close(code, why);
    };
    if (all.size > options.maxConnections) return refuse(CLOSE.later, 'as many edges as are allowed are connected');
    try {
      const verdict = await options.verify(edge.name, edge.token);
      if (!edge.connection.isOpen()) return;
      if (verdict === 'ok') admitted();
      else refuse(CLOSE.policy, verdict === 'unknown' ? `No edge with id ${edge.name} exists` : 'Invalid token');
    } catch (cause) {
      refuse(CLOSE.later, 'edges cannot be checked at the moment; try again later');
      options.refused(sentence(cause), admission.client);
    }
  };
  const send = (edge: Edge, request: Request, number?: number): boolean =>
    edge.connection.send(OPCODE.binary, encodePacket(number === undefined ? request : { ...request, n: number }));

  const carrier: HubCarrier = {
    async ask(name, request, { signal, timeoutMs, onProbe }: AskOptions) {
      const edge = edges.get(name);
      if (!edge) throw environment('edge-offline', `The edge "${name}" is offline.`);
      if (edge.open.size >= MAX_OPEN)
        throw environment('edge-busy', `Too many requests to the edge "${name}" are open.`);
      const number = nextNumber++;
      const late = () => environment('edge-late', `The edge "${name}" has not answered within ${timeoutMs} ms.`);
      try {
        return await withDeadline({ ms: timeoutMs, late, signals: [signal] }, () => {
          return new Promise<Reply>((resolve, reject) => {
            edge.open.set(number, {
              receive(reply) {
                if (reply.is === 'probe') return onProbe?.(reply.probe);
                if (reply.is === 'picture' && reply.data.length > maxFrame) {
                  const why = `The edge "${name}" sends a picture of more than ${formatSize(maxFrame)} (max_frame).`;
                  return reject(environment('too-large', why));
                }
                resolve(reply);
              },
              lost: () => reject(environment('edge-offline', `The edge "${name}" has disconnected.`)),
            });
            if (!send(edge, request, number)) reject(environment('edge-slow', `The edge "${name}" reads nothing.`));
          });
        });
      } finally {
        edge.open.delete(number);
      }
    },
    send(name, request) {
      const edge = edges.get(name);
      if (edge) send(edge, request);
    },
  };
  return {
    carrier,
    admit: (admission) => void admit(admission),
    recheck() {
      for (const { name, token, connection } of edges.values()) {
        options.verify(name, token).then(
          (verdict) => verdict !== 'ok' && connection.close(CLOSE.policy, 'Invalid token'),
          // The registry is unavailable: connected edges stay connected.
          () => {},
        );
      }
    },
    sweep() {
      for (const edge of edges.values()) {
        const time = now();
        if (time - edge.lastBytesAt >= options.timeout) edge.connection.destroy();
        else if (time - Math.max(edge.lastBytesAt, edge.lastPingAt) >= options.idle) {
          edge.lastPingAt = time;
          edge.connection.send(OPCODE.ping, Buffer.alloc(0));
        }
      }
    },
    close() {
      for (const connection of [...all])
        connection.close(CLOSE.leaving, 'camd is stopping, or the profile has changed');
    },
    get size() {
      return edges.size;
    },
  };
}
