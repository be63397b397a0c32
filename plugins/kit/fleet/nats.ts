// The camd protocol over NATS: each edge has its own subjects, and answers of any size are sent in parts.

import { withDeadline } from '../../../core/base/deadline.ts';
import { formatSize } from '../../../core/base/units.ts';
import { environment, isFault, type Nats, type NatsInbox, type Release } from '../../../core/contract/plugin.ts';
import { decodePacket, encodePacket, encodeReply, helloOf, replyOf, requestOf } from './packet.ts';
import type { AskOptions, EdgeCarrier, EdgeHandler, HubCarrier, HubHandler, Reply, Request } from './protocol.ts';
import { createSubjects } from './subjects.ts';

/** The first byte of each message of an answer. */
const LAST = 0;
const MORE = 1;
/** Most messages of one answer; the permission to answer (allow_responses) counts them. */
export const MAX_PARTS = 64;

/** Called when an edge cannot send; the connection is down. */
type Unsent = (cause: unknown) => void;

export interface NatsEdgeOptions {
  readonly prefix: string;
  readonly edge: string;
}

export function natsEdge(nats: Nats, { prefix, edge }: NatsEdgeOptions, unsent: Unsent) {
  const subjects = createSubjects(prefix);
  const carrier: EdgeCarrier = {
    hello(hello) {
      try {
        nats.publish(subjects.hello(edge), encodePacket(hello));
      } catch (cause) {
        unsent(cause);
      }
    },
  };
  const answer = (reply: string | undefined, message: Reply): void => {
    if (reply === undefined) return;
    try {
      for (const part of partsOf(nats.maxPayload, message)) nats.publish(reply, part);
    } catch (cause) {
      unsent(cause);
    }
  };
  const listen = (handler: EdgeHandler): Release => {
    const releases = [
      nats.subscribe(subjects.requests(edge), ({ subject, payload, reply }) => {
        // The subject decides, not the payload: NATS permissions apply to subjects.
        const read = subjects.readRequest(edge, subject);
        const packet = read && decodePacket(payload);
        const request = packet && requestOf({ ...packet.head, is: read.is, camera: read.camera });
        if (request) handler.request(request, (message) => answer(reply, message));
      }),
      nats.subscribe(subjects.rollCall, () => handler.rollCall()),
      nats.onConnection((up) => handler.connected(up)),
    ];
    return () => {
      for (const release of releases) release();
    };
  };
  return { carrier, listen };
}

/** A picture of more than MAX_PARTS messages is replaced by a fault whose message says what to do. */
function partsOf(maxPayload: number, message: Reply): readonly Buffer[] {
  const whole = encodeReply(message);
  const room = maxPayload - 1;
  const count = Math.max(1, Math.ceil(whole.length / room));
  if (count > MAX_PARTS) {
    const most = formatSize(MAX_PARTS * room);
    const why = `The picture has ${formatSize(whole.length)}, but the limit of this NATS server is ${most} (${MAX_PARTS} messages of max_payload); make it smaller with transform/image, or raise max_payload of the server.`;
    return partsOf(maxPayload, { is: 'fault', code: 'too-large', message: why });
  }
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.from([index === count - 1 ? LAST : MORE]);
    return Buffer.concat([head, whole.subarray(index * room, (index + 1) * room)]);
  });
}

export interface NatsHubOptions {
  readonly prefix: string;
  /** Bytes of the largest picture. */
  readonly maxFrame: number;
}

export function natsHub(nats: () => Nats | undefined, { prefix, maxFrame }: NatsHubOptions) {
  const subjects = createSubjects(prefix);
  const connected = (): Nats => {
    const port = nats();
    if (!port) throw environment('nats-away', 'The node that connects to NATS is down.');
    return port;
  };
  const subjectOf = (edge: string, request: Request): string =>
    subjects.request(edge, request.is, request.is === 'list' ? undefined : request.camera);

  const carrier: HubCarrier = {
    async ask(edge, request, { signal, timeoutMs, onProbe }: AskOptions) {
      const late = () => environment('edge-late', `The edge "${edge}" has not answered within ${timeoutMs} ms.`);
      let inbox: NatsInbox | undefined;
      try {
        return await withDeadline({ ms: timeoutMs, late, signals: [signal] }, () => {
          return new Promise<Reply>((resolve, reject) => {
            const parts: Buffer[] = [];
            let bytes = 0;
            const part = (payload: Buffer): void => {
              bytes += payload.length;
              if (bytes > maxFrame + payload.length && parts.length > 0) {
                const why = `The edge "${edge}" sends a picture of more than ${formatSize(maxFrame)} (max_frame).`;
                reject(environment('too-large', why));
                return;
              }
              parts.push(payload.subarray(1));
              if (payload[0] === MORE) return;
              const packet = decodePacket(parts.length === 1 ? payload.subarray(1) : Buffer.concat(parts));
              const reply = packet && replyOf(packet);
              parts.length = 0;
              bytes = 0;
              if (!reply)
                reject(
                  environment('bad-answer', `The edge "${edge}" sent an answer that this camd does not understand.`),
                );
              else if (reply.is === 'probe') onProbe?.(reply.probe);
              else resolve(reply);
            };
            const port = connected();
            inbox = port.inbox((answer) => {
              if (answer.is === 'message') part(answer.message.payload);
              else if (answer.is === 'nobody') reject(environment('edge-offline', `The edge "${edge}" is offline.`));
              else reject(environment('nats-away', 'The connection to NATS ended before the answer arrived.'));
            });
            port.publish(subjectOf(edge, request), encodePacket(request), { reply: inbox.subject });
          });
        });
      } finally {
        inbox?.release();
      }
    },
    send(edge, request) {
      try {
        connected().publish(subjectOf(edge, request), encodePacket(request));
      } catch (cause) {
        // The edge releases the camera by itself when the lease expires.
        if (!isFault(cause)) throw cause;
      }
    },
  };
  const listen = (port: Nats, handler: HubHandler): Release => {
    const releases = [
      port.subscribe(subjects.hello(), ({ subject, payload }) => {
        const edge = subjects.readHello(subject);
        const packet = decodePacket(payload);
        const hello = packet && helloOf(packet.head);
        if (edge !== undefined && hello) handler.hello(edge, hello);
      }),
      port.onConnection((up) => {
        handler.connected(up);
        if (up) port.publish(subjects.rollCall, '');
      }),
    ];
    return () => {
      for (const release of releases) release();
    };
  };
  return { carrier, listen };
}
