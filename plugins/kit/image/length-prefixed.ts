// Reads pictures that are each preceded by a length of four bytes, and checks a length before it reserves memory for it.

import { createCollector, headroomGuess } from './collector.ts';

/** Bytes of the length. */
export const LENGTH_BYTES = 4;
/** Bytes by which a picture is recognised: SOI, or the first two bytes of a PNG. */
const SIGNATURE_BYTES = 2;
const SIGNATURES: ReadonlySet<number> = new Set([0xffd8, 0x8950]);
/** Bytes reserved for a first picture, regardless of its announced length: memory grows with the bytes received. */
const FIRST = 64 * 1024;

export type ByteOrder = 'little' | 'big';

export interface LengthPrefixedOptions {
  readonly order: ByteOrder;
  /** Bytes of the largest picture. */
  readonly max: number;
  /** Refuses a length that no JPEG or PNG follows: the stream is out of step. Default: any bytes are accepted. */
  readonly strict?: boolean;
}

export interface LengthPrefixedEvents {
  /** Called with the length of the next picture. False: its bytes are skipped. */
  wanted?(length: number): boolean;
  /** All bytes of one picture, in a buffer of their own with headroom. */
  picture(data: Buffer): void;
  /**
   * `length` is negative or over `max`, or no picture follows it. `read`: its bytes, valid during the call. Reading stops until
   * `restart`.
   */
  refused(length: number, read: Buffer): void;
}

export interface LengthPrefixedReader {
  /** Returns the number of bytes read: all of them, unless a length was refused. Does not keep `chunk`. */
  push(chunk: Buffer): number;
  /** Bytes received of an incomplete picture, its length included. */
  readonly pending: number;
  /** Discards all bytes read. */
  restart(): void;
}

type Phase = 'length' | 'signature' | 'keep' | 'pass' | 'refused';

export function createLengthPrefixedReader(
  { order, max, strict = false }: LengthPrefixedOptions,
  events: LengthPrefixedEvents,
): LengthPrefixedReader {
  const collector = createCollector(FIRST);
  /** The length and the signature of the current picture. */
  const head = Buffer.alloc(LENGTH_BYTES + SIGNATURE_BYTES);
  let phase: Phase = 'length';
  let headBytes = 0;
  let left = 0;
  let total = 0;
  let guess = FIRST;

  const isRefused = (): boolean => phase === 'refused';
  const length = (): number => (order === 'little' ? head.readInt32LE() : head.readInt32BE());
  const refuse = (): void => {
    phase = 'refused';
    events.refused(length(), head.subarray(0, headBytes));
  };
  const begin = (): void => {
    const announced = length();
    if (announced < 0 || announced > max) {
      refuse();
      return;
    }
    left = announced;
    total = announced;
    if (announced > 0 && events.wanted?.(announced) === false) phase = 'pass';
    else phase = strict ? 'signature' : 'keep';
    if (phase !== 'pass') collector.expect(Math.min(announced, guess));
  };
  const readSignature = (): void => {
    if (headBytes < head.length || !SIGNATURES.has(head.readUInt16BE(LENGTH_BYTES))) {
      refuse();
      return;
    }
    collector.append(head, LENGTH_BYTES, head.length);
    left -= SIGNATURE_BYTES;
    phase = 'keep';
  };
  const finish = (): void => {
    const kept = phase === 'keep';
    phase = 'length';
    headBytes = 0;
    // An empty picture means that the camera is connected and has no picture.
    if (!kept || total === 0) return;
    guess = headroomGuess(total);
    events.picture(collector.take());
  };
  /** Reads the length or the signature; returns the number of bytes consumed. */
  const readHead = (chunk: Buffer, at: number): number => {
    const full = phase === 'length' ? LENGTH_BYTES : LENGTH_BYTES + Math.min(left, SIGNATURE_BYTES);
    const step = Math.min(full - headBytes, chunk.length - at);
    chunk.copy(head, headBytes, at, at + step);
    headBytes += step;
    if (headBytes === full) {
      if (phase === 'length') begin();
      else readSignature();
    }
    return step;
  };

  return {
    get pending() {
      return phase === 'keep' || phase === 'pass' ? LENGTH_BYTES + total - left : headBytes;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !isRefused()) {
        if (phase === 'length' || phase === 'signature') at += readHead(chunk, at);
        else {
          const step = Math.min(left, chunk.length - at);
          if (phase === 'keep') collector.append(chunk, at, at + step);
          at += step;
          left -= step;
        }
        if (left === 0 && headBytes >= LENGTH_BYTES && !isRefused()) finish();
      }
      return at;
    },
    restart() {
      collector.clear();
      phase = 'length';
      headBytes = 0;
      left = 0;
      total = 0;
    },
  };
}
