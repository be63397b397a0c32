// Checks what a client of the broker sends, before the broker reads it: sizes, texts and packet ids (MQTT 3.1.1 §1.5.3, §2.2, §2.3.1).

import { isUtf8 } from 'node:buffer';
import { createRemainingLength, MALFORMED, UNFINISHED } from '../../kit/mqtt/remaining-length.ts';
import { createCuts } from './cut-message.ts';

/** Bytes of a packet before the broker has let the client in: a CONNECT with its credentials and its will. */
export const MAX_BEFORE_CONNACK = 4 * 1024;
/** Bytes of a packet other than PUBLISH; its topics are all looked at. */
const MAX_CONTROL = 64 * 1024;
const MAX_TEXT = 65_535;

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
/** PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE and UNSUBSCRIBE begin with a packet id. */
const WITH_ID: ReadonlySet<number> = new Set([4, 5, 6, 7, SUBSCRIBE, UNSUBSCRIBE]);

export type Refusal = 'too-large' | 'malformed' | 'no-memory';
type Verdict = 'fine' | Refusal;

export interface PacketGuard {
  /** The next bytes, in any chunking: what the broker may read of them. After a verdict instead, the connection must end. */
  check(chunk: Uint8Array): Buffer | Refusal;
  /** The client was let in: packets of up to `most` bytes may come. Of a larger message only the topic is handed on. */
  open(most: number): void;
}

/** `announced` is called with the bytes of each packet before its body comes; false refuses it. */
export function createPacketGuard(announced: (bytes: number) => boolean): PacketGuard {
  let most = MAX_BEFORE_CONNACK;
  let kind = 0;
  let flags = 0;
  const remaining = createRemainingLength();
  let inHeader = false;
  let length = 0;
  /** Bytes of the body that have not come yet. */
  let left = 0;
  /** The part of the body that is looked at. */
  let looked = Buffer.alloc(0);
  let wanted = 0;
  let first = true;
  let isOpen = false;
  const cuts = createCuts();

  const begin = (): Verdict => {
    const isLarge = 1 + remaining.size() + length > most;
    const isCut = isLarge && isOpen && kind === PUBLISH;
    if ((isLarge && !isCut) || (kind !== PUBLISH && length > MAX_CONTROL)) return 'too-large';
    cuts.begun(isCut);
    // §3.1: the first packet is CONNECT, and there is no second one.
    if (first !== (kind === CONNECT)) return 'malformed';
    first = false;
    if (!announced(isCut ? 0 : length)) return 'no-memory';
    left = length;
    looked = Buffer.alloc(0);
    wanted = kind === PUBLISH ? Math.min(length, 2) : length;
    return wanted === 0 ? look() : 'fine';
  };
  /** `looked` has as many bytes as were wanted. */
  const look = (): Verdict => {
    if (kind === PUBLISH) {
      if (looked.length < 2) return 'malformed';
      const qos = (flags >> 1) & 3;
      const whole = 2 + looked.readUInt16BE(0) + (qos > 0 ? 2 : 0);
      if (qos === 3 || whole > length) return 'malformed';
      if (looked.length < whole) {
        wanted = whole;
        return 'fine';
      }
      if (textAt(looked, 0) === undefined) return 'malformed';
      if (qos > 0 && looked.readUInt16BE(whole - 2) === 0) return 'malformed';
      cuts.named((PUBLISH << 4) | flags, looked, length);
      return 'fine';
    }
    if (kind === CONNECT) return isSoundConnect(looked) ? 'fine' : 'malformed';
    if (WITH_ID.has(kind) && (looked.length < 2 || looked.readUInt16BE(0) === 0)) return 'malformed';
    if (kind === SUBSCRIBE || kind === UNSUBSCRIBE)
      return isSoundList(looked, kind === SUBSCRIBE) ? 'fine' : 'malformed';
    return 'fine';
  };
  const body = (chunk: Buffer, at: number): Verdict => {
    while (looked.length < wanted) {
      const missing = wanted - looked.length;
      const part = chunk.subarray(at + looked.length - had, at + looked.length - had + missing);
      if (part.length === 0) return 'fine';
      looked = looked.length === 0 ? Buffer.from(part) : Buffer.concat([looked, part]);
      if (looked.length < wanted) return 'fine';
      const verdict = look();
      if (verdict !== 'fine') return verdict;
    }
    return 'fine';
  };
  /** Bytes of `looked` from earlier chunks. */
  let had = 0;

  return {
    open(next) {
      most = next;
      isOpen = true;
    },
    check(bytes) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      cuts.next(chunk);
      let at = 0;
      while (at < chunk.length) {
        if (left > 0) {
          const step = Math.min(left, chunk.length - at);
          had = looked.length;
          const verdict = body(chunk.subarray(0, at + step), at);
          if (verdict !== 'fine') return verdict;
          left -= step;
          at += step;
          if (left === 0) cuts.ended(at);
          continue;
        }
        const byte = chunk[at++] ?? 0;
        if (!inHeader) {
          kind = byte >> 4;
          flags = byte & 15;
          inHeader = true;
          cuts.header(at - 1);
          continue;
        }
        length = remaining.take(byte);
        if (length === UNFINISHED) continue;
        if (length === MALFORMED) return 'malformed';
        const verdict = begin();
        if (verdict !== 'fine') return verdict;
        inHeader = false;
      }
      return cuts.rest();
    },
  };
}

/** Where the text ends that begins at `at` with its length; undefined when it is cut short, no UTF-8, or holds NUL (§1.5.3). */
function textAt(bytes: Buffer, at: number): number | undefined {
  if (at + 2 > bytes.length) return undefined;
  const end = at + 2 + bytes.readUInt16BE(at);
  const text = bytes.subarray(at + 2, end);
  return end <= bytes.length && text.length <= MAX_TEXT && isUtf8(text) && !text.includes(0) ? end : undefined;
}

/** §3.1.3: client id, will topic, will message, user name, password; the message and the password are any bytes. */
function isSoundConnect(body: Buffer): boolean {
  const name = textAt(body, 0);
  if (name === undefined || name + 4 > body.length) return false;
  const flags = body[name + 1] ?? 0;
  const [hasUser, hasPassword, hasWill] = [flags & 0x80, flags & 0x40, flags & 0x04];
  // MQTT 5 has properties here; the broker answers that it does not speak it.
  if ((body[name] ?? 0) > 4) return true;
  let at = textAt(body, name + 4);
  if (hasWill) {
    at = at === undefined ? undefined : textAt(body, at);
    at = at === undefined ? undefined : bytesAt(body, at);
  }
  if (hasUser) at = at === undefined ? undefined : textAt(body, at);
  if (hasPassword) at = at === undefined ? undefined : bytesAt(body, at);
  return at !== undefined;
}

function bytesAt(bytes: Buffer, at: number): number | undefined {
  if (at + 2 > bytes.length) return undefined;
  const end = at + 2 + bytes.readUInt16BE(at);
  return end <= bytes.length ? end : undefined;
}

/** The filters of SUBSCRIBE, each with its QoS, or of UNSUBSCRIBE; at least one. */
function isSoundList(body: Buffer, withQos: boolean): boolean {
  let at = 2;
  if (at === body.length) return false;
  while (at < body.length) {
    const end = textAt(body, at);
    if (end === undefined || end === at + 2) return false;
    if (withQos && (body[end] ?? 3) > 2) return false;
    at = withQos ? end + 1 : end;
  }
  return true;
}
