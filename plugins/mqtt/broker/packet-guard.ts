// Checks the data from a client before the broker reads it: sizes, texts and packet ids (MQTT 3.1.1 §1.5.3, §2.2, §2.3.1).

import { isUtf8 } from 'node:buffer';
import { createRemainingLength, MALFORMED, UNFINISHED } from '../../kit/mqtt/remaining-length.ts';
import { createCuts } from './cut-message.ts';

/** Limit of a packet in bytes before the broker has accepted the client: a CONNECT with its credentials and its will. */
export const MAX_BEFORE_CONNACK = 4 * 1024;
/** Limit of a packet other than PUBLISH, in bytes; all its topics are checked. */
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
  /** Takes the next bytes, in any chunking, and returns the part that the broker may read. After a refusal the connection must end. */
  check(chunk: Uint8Array): Buffer | Refusal;
  /** The broker has accepted the client: packets of up to `most` bytes may follow. Of a larger message only the topic is passed on. */
  open(most: number): void;
}

/** `announced` is called with the size of each packet before its body arrives; false refuses the packet. */
export function createPacketGuard(announced: (bytes: number) => boolean): PacketGuard {
  let most = MAX_BEFORE_CONNACK;
  let kind = 0;
  let flags = 0;
  const remaining = createRemainingLength();
  let inHeader = false;
  let length = 0;
  /** Bytes of the body still to come. */
  let left = 0;
  /** The part of the body that is checked. */
  let head = Buffer.alloc(0);
  let needed = 0;
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
    head = Buffer.alloc(0);
    needed = kind === PUBLISH ? Math.min(length, 2) : length;
    return needed === 0 ? checkHead() : 'fine';
  };
  /** Checks `head` once it has `needed` bytes. */
  const checkHead = (): Verdict => {
    if (kind === PUBLISH) {
      if (head.length < 2) return 'malformed';
      const qos = (flags >> 1) & 3;
      const whole = 2 + head.readUInt16BE(0) + (qos > 0 ? 2 : 0);
      if (qos === 3 || whole > length) return 'malformed';
      if (head.length < whole) {
        needed = whole;
        return 'fine';
      }
      if (textAt(head, 0) === undefined) return 'malformed';
      if (qos > 0 && head.readUInt16BE(whole - 2) === 0) return 'malformed';
      cuts.named((PUBLISH << 4) | flags, head, length);
      return 'fine';
    }
    if (kind === CONNECT) return isSoundConnect(head) ? 'fine' : 'malformed';
    if (WITH_ID.has(kind) && (head.length < 2 || head.readUInt16BE(0) === 0)) return 'malformed';
    if (kind === SUBSCRIBE || kind === UNSUBSCRIBE) return isSoundList(head, kind === SUBSCRIBE) ? 'fine' : 'malformed';
    return 'fine';
  };
  const body = (chunk: Buffer, at: number): Verdict => {
    while (head.length < needed) {
      const missing = needed - head.length;
      const part = chunk.subarray(at + head.length - had, at + head.length - had + missing);
      if (part.length === 0) return 'fine';
      head = head.length === 0 ? Buffer.from(part) : Buffer.concat([head, part]);
      if (head.length < needed) return 'fine';
      const verdict = checkHead();
      if (verdict !== 'fine') return verdict;
    }
    return 'fine';
  };
  /** Bytes of `head` from earlier chunks. */
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
          had = head.length;
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

/** End of the text at `at`, which begins with its length; undefined if it is cut short, not UTF-8, or contains NUL (§1.5.3). */
function textAt(bytes: Buffer, at: number): number | undefined {
  if (at + 2 > bytes.length) return undefined;
  const end = at + 2 + bytes.readUInt16BE(at);
  const text = bytes.subarray(at + 2, end);
  return end <= bytes.length && text.length <= MAX_TEXT && isUtf8(text) && !text.includes(0) ? end : undefined;
}

/** §3.1.3: client id, will topic, will message, user name, password; the will message and the password are arbitrary bytes. */
function isSoundConnect(body: Buffer): boolean {
  const name = textAt(body, 0);
  if (name === undefined || name + 4 > body.length) return false;
  const flags = body[name + 1] ?? 0;
  const [hasUser, hasPassword, hasWill] = [flags & 0x80, flags & 0x40, flags & 0x04];
  // MQTT 5 has properties here; the broker replies that it does not support MQTT 5.
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

/** True for the filters of SUBSCRIBE, each with its QoS, or of UNSUBSCRIBE; at least one filter is required. */
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
