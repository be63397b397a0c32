// Messages of the camd protocol as bytes: the length of a JSON head (32 bits, big-endian), the head, then the bytes of a picture.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import type { Fact, ImageType } from '../../../core/contract/plugin.ts';
import { type Hello, type ListedCamera, MAX_LEASE, type Reply, type Request, type Size } from './protocol.ts';

/** Bytes of a head. */
export const MAX_HEAD = 8 * 1024 * 1024;
/** Cameras of one edge. */
export const MAX_CAMERAS = 10_000;
const MAX_TEXT = 2048;
const MAX_TIMEOUT = 600_000;

type Fields = Readonly<Record<string, unknown>>;

export interface Packet {
  readonly head: Fields;
  readonly body: Buffer;
}

const EMPTY = Buffer.alloc(0);

export function encodePacket(head: object, body: Buffer = EMPTY): Buffer {
  const json = JSON.stringify(head);
  const length = Buffer.byteLength(json);
  const packet = Buffer.allocUnsafeSlow(4 + length + body.length);
  packet.writeUInt32BE(length, 0);
  packet.write(json, 4);
  body.copy(packet, 4 + length);
  return packet;
}

/** Undefined if the bytes are not a packet. */
export function decodePacket(bytes: Buffer): Packet | undefined {
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  if (length === 0 || length > MAX_HEAD || 4 + length > bytes.length) return undefined;
  try {
    const head: unknown = JSON.parse(bytes.toString('utf8', 4, 4 + length));
    return isFields(head) ? { head, body: bytes.subarray(4 + length) } : undefined;
  } catch {
    return undefined;
  }
}

export function encodeReply(reply: Reply, more: object = {}): Buffer {
  if (reply.is !== 'picture') return encodePacket({ ...more, ...reply });
  return encodePacket({ ...more, is: 'picture', ...reply.head }, reply.data);
}

export function replyOf({ head, body }: Packet): Reply | undefined {
  const { is } = head;
  if (is === 'nothing') return { is };
  if (is === 'probe') return { is, probe: typeof head.probe === 'number' ? head.probe : 0 };
  if (is === 'fact') return { is, fact: toFact(head.fact) };
  if (is === 'fault') return { is, code: text(head.code) ?? 'failed', message: text(head.message) ?? 'It failed.' };
  if (is === 'list') return listOf(head);
  const { camera, key, time, type, meta } = head;
  if (is !== 'picture' || !isCamera(camera) || typeof time !== 'number' || !isType(type)) return undefined;
  const facts = isFields(meta) ? toFacts(meta) : {};
  return { is, head: { camera, key: text(key) ?? '', time, type, meta: facts }, data: body };
}

function listOf({ revision, cameras }: Fields): Reply | undefined {
  if (typeof revision !== 'number' || !Array.isArray(cameras)) return undefined;
  const all: readonly unknown[] = cameras.slice(0, MAX_CAMERAS);
  return { is: 'list', revision, cameras: all.flatMap((camera): ListedCamera[] => listed(camera)) };
}

function listed(camera: unknown): ListedCamera[] {
  if (!isFields(camera) || !isCamera(camera.id)) return [];
  const { id, capture, command, small } = camera;
  return [{ id, capture: capture === true, command: command === true, small: small === true }];
}

/** Undefined if it is not a request that this version supports. */
export function requestOf(head: Fields): Request | undefined {
  const { is, camera, hub } = head;
  if (is === 'list') return { is };
  if (!isCamera(camera)) return undefined;
  const size: Size = head.size === 'small' ? 'small' : 'full';
  const lease = within(head.lease, MAX_LEASE);
  if (is === 'next' && typeof hub === 'string') {
    const every = within(head.every, MAX_TIMEOUT);
    return { is, hub: hub.slice(0, 128), camera, size, after: text(head.after) ?? '', every, lease };
  }
  if (is === 'want' && typeof hub === 'string') {
    const probe = typeof head.probe === 'number' ? { probe: head.probe } : {};
    return { is, hub: hub.slice(0, 128), camera, size, lease, ...probe };
  }
  if (is === 'capture') return { is, camera, timeout: within(head.timeout, MAX_TIMEOUT) };
  const name = text(head.name);
  if (is === 'command' && name !== undefined) {
    return { is, camera, name, ...(head.args === undefined ? {} : { args: toFact(head.args) }) };
  }
  const edge = text(head.edge);
  return is === 'rival' && edge !== undefined ? { is, camera, edge } : undefined;
}

export function helloOf({ session, revision, ttl }: Fields): Hello | undefined {
  const name = text(session);
  if (name === undefined || typeof revision !== 'number' || typeof ttl !== 'number') return undefined;
  return { session: name, revision, ttl: within(ttl, MAX_TIMEOUT) };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCamera = (value: unknown): value is string => typeof value === 'string' && CAMERA_ID.test(value);
const isType = (value: unknown): value is ImageType => value === 'image/jpeg' || value === 'image/png';
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : undefined);
const within = (value: unknown, most: number): number =>
  typeof value === 'number' && value >= 0 ? Math.min(value, most) : 0;

/** Values of JSON.parse are facts already; this converts the type, and replaces other values by null. */
function toFact(value: unknown): Fact {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(toFact);
  return isFields(value) ? toFacts(value) : null;
}

const toFacts = (fields: Fields): Readonly<Record<string, Fact>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toFact(value)]));
