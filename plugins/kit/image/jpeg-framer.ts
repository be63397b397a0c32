// Cuts a byte stream into whole JPEGs by following their marker segments, one phase after another.

import { findMarker } from './entropy.ts';
import { createGarbage } from './garbage.ts';
import { createJpegFrame } from './jpeg-frame.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { DHT, EOI, isEntropy, isFrameHeader, isSegment, MAX_FILL, MAX_SEGMENTS, SOI, SOS } from './jpeg-markers.ts';
import { MAX_STRAY, withEnd } from './mend.ts';

export interface JpegSink {
  /** A whole JPEG in a buffer of its own with headroom. */
  image(data: Buffer, header: JpegHeader): void;
  skipped(bytes: number, reason: string): void;
  /** The picture is good in spite of this; see MAX_STRAY and `mends`. */
  odd?(code: string): void;
}

export interface JpegFramer {
  /** The bytes are only lent. */
  push(chunk: Buffer): void;
  /** `over`: so many of the last bytes do not belong to the stream after all. */
  end(over?: number): void;
}

const FF = Buffer.from([0xff]);
/** A segment's length that is rather an SOI: no segment of that length begins with FF. */
const STRAY_START = 0xff00 | SOI;

/** Where the next byte stands. `code` is the marker of the segment. */
type State =
  /** Between pictures. */
  | { readonly is: 'between' }
  /** Between pictures, and the last byte was FF, which may begin an SOI. */
  | { readonly is: 'between-half' }
  /** At the FF of a marker. */
  | { readonly is: 'marker' }
  /** Behind the FF of a marker. */
  | { readonly is: 'code' }
  | { readonly is: 'length-high'; readonly code: number }
  | { readonly is: 'length-low'; readonly code: number; readonly high: number }
  /** Behind a length that is rather the SOI of the next picture. */
  | { readonly is: 'stray-length'; readonly code: number }
  | { readonly is: 'segment'; readonly code: number; readonly left: number }
  /** In tables between scans, and the last byte was FF, which may begin the next picture. */
  | { readonly is: 'segment-half'; readonly code: number; readonly left: number }
  /** In entropy-coded data. */
  | { readonly is: 'scan' }
  /** In entropy-coded data, behind FF. */
  | { readonly is: 'scan-code' };

const BETWEEN: State = { is: 'between' };
const BETWEEN_HALF: State = { is: 'between-half' };
const MARKER: State = { is: 'marker' };
const CODE: State = { is: 'code' };
const SCAN: State = { is: 'scan' };
const SCAN_CODE: State = { is: 'scan-code' };

/** How far the picture has come. `start`: no marker has followed its SOI, which may be FF D8 by chance, in garbage. */
type Stage = 'start' | 'header' | 'scans';

/**
 * Every byte is looked at once, by native search in entropy-coded data, and copied once, into the buffer that is handed on.
 * A frame of more than `maxFrame` bytes is followed to its end without being kept. Tables that a sequential JPEG lacks are inserted.
 * `expected` is the size of the first picture, where there is an idea of it. `mends`: the end of the stream is that of the picture, so
 * that a picture whose scan is complete gets the EOI that it lacks.
 */
export function createJpegFramer(maxFrame: number, sink: JpegSink, expected?: number, mends = false): JpegFramer {
  const frame = createJpegFrame(maxFrame, expected);
  const garbage = createGarbage((bytes) => sink.skipped(bytes, 'garbage'));
  let state: State = BETWEEN;
  let stage: Stage = 'start';
  let segments = 0;
  /** Bytes that were left out before the next segment. */
  let stray = 0;
  /** Fill bytes before the next code. */
  let filled = 0;
  /** The bytes of the frame before this index of the chunk are kept already. */
  let kept = 0;

  const keepTo = (chunk: Buffer, at: number): void => {
    frame.keep(chunk, kept, at);
    kept = at;
  };
  /** The next byte, at `at`, is the first one behind an SOI. */
  const begin = (at: number): number => {
    frame.begin();
    kept = at;
    stage = 'start';
    segments = 0;
    stray = 0;
    filled = 0;
    state = MARKER;
    return at;
  };
  const abandon = (reason: string, bytes = frame.bytes): void => {
    const why = bytes > maxFrame ? 'over max_frame' : reason;
    state = BETWEEN;
    frame.clear();
    sink.skipped(bytes, why);
  };
  const malformed = (chunk: Buffer, at: number): number => {
    keepTo(chunk, at);
    abandon('malformed JPEG');
    return at;
  };
  /** The next picture begins inside this one: its SOI stands before `at`. */
  const beginAnew = (at: number): number => {
    abandon('truncated', frame.bytes + at - 2 - kept);
    return begin(at);
  };

  const findStart = (chunk: Buffer, at: number): number => {
    const found = findSoi(chunk, at, chunk.length);
    if (found !== -1) {
      garbage.add(chunk, at, found);
      return begin(found + 2);
    }
    const end = chunk.length;
    const isHalf = chunk[end - 1] === 0xff;
    garbage.add(chunk, at, isHalf ? end - 1 : end);
    state = isHalf ? BETWEEN_HALF : BETWEEN;
    return end;
  };
  const joinStart = (chunk: Buffer, at: number): number => {
    if (chunk[at] === SOI) return begin(at + 1);
    garbage.add(FF, 0, 1);
    state = BETWEEN;
    return at;
  };

  const expectMarker = (chunk: Buffer, at: number): number => {
    if (chunk[at] === 0xff) {
      state = CODE;
      return at + 1 < chunk.length ? readCode(chunk, at + 1) : at + 1;
    }
    if (stage !== 'start') return passStray(chunk, at);
    garbage.addFalseStart(frame.bytes);
    state = BETWEEN;
    return at;
  };
  /** Some cameras pad between segments: the bytes are left out. */
  const passStray = (chunk: Buffer, at: number): number => {
    if (++stray > MAX_STRAY) return malformed(chunk, at);
    if (stray === 1) sink.odd?.('stray_bytes');
    keepTo(chunk, at);
    kept = at + 1;
    return at + 1;
  };
  /** The whole stream is there, and only the EOI is missing. */
  const mendEnd = (over: number): boolean => {
    const whole = mends && (state.is === 'scan' || state.is === 'scan-code') ? frame.take() : undefined;
    const data = whole && withEnd(whole.data.subarray(0, Math.max(0, whole.data.length - over)));
    if (!whole || !data) return false;
    sink.odd?.('no_end');
    sink.image(data, whole.header);
    return true;
  };
  /** Any number of FF may stand before a code (T.81 §B.1.1.2), within reason. */
  const passFill = (chunk: Buffer, at: number): number => {
    let end = at + 1;
    while (end < chunk.length && chunk[end] === 0xff) end++;
    filled += end - at;
    return filled > MAX_FILL ? malformed(chunk, end) : end;
  };
  const readCode = (chunk: Buffer, at: number): number => {
    const code = chunk[at] ?? 0;
    const next = at + 1;
    if (code === 0xff) return passFill(chunk, at);
    filled = 0;
    if (stage === 'start') {
      garbage.report();
      stage = 'header';
    }
    if (code === SOI) return beginAnew(next);
    if (code === EOI) return finish(chunk, next);
    if (!isSegment(code) || (stage === 'scans' && isFrameHeader(code)) || ++segments > MAX_SEGMENTS) {
      return malformed(chunk, next);
    }
    state = { is: 'length-high', code };
    return code === SOS && stage === 'header' ? enterFirstScan(chunk, next) : next;
  };
  const finish = (chunk: Buffer, at: number): number => {
    keepTo(chunk, at);
    const whole = frame.take();
    if (whole === undefined) abandon('JPEG without a picture');
    else {
      state = BETWEEN;
      sink.image(whole.data, whole.header);
    }
    return at;
  };
  /** The header is whole now and ends with the SOS marker. */
  const enterFirstScan = (chunk: Buffer, at: number): number => {
    keepTo(chunk, at);
    const refused = frame.enterScan();
    if (refused) abandon(refused.reason);
    else stage = 'scans';
    return at;
  };

  const readHighLength = (chunk: Buffer, at: number, code: number): number => {
    const high = (chunk[at] ?? 0) << 8;
    const next = at + 1;
    if (next < chunk.length) return readLength(chunk, next, code, high);
    state = { is: 'length-low', code, high };
    return next;
  };
  const readLength = (chunk: Buffer, at: number, code: number, high: number): number => {
    const length = high | (chunk[at] ?? 0);
    const left = length - 2;
    const isBad = left < 0 || (code === SOS && (left < 6 || left > 12 || left % 2 === 1));
    if (isBad) return malformed(chunk, at + 1);
    if (length === STRAY_START) state = { is: 'stray-length', code };
    else state = left === 0 ? MARKER : { is: 'segment', code, left };
    return at + 1;
  };
  const readStrayLength = (chunk: Buffer, at: number, code: number): number => {
    // The byte at `at` begins the first marker of the next picture.
    if (chunk[at] === 0xff) return beginAnew(at);
    state = { is: 'segment', code, left: STRAY_START - 2 };
    return at;
  };
  const passSegment = (chunk: Buffer, at: number, code: number, left: number): number => {
    const end = Math.min(at + left, chunk.length);
    if (code === DHT && stage === 'scans') {
      // Tables between scans hold no FF: they were cut short, and this is the next frame.
      const next = findSoi(chunk, at, end);
      if (next !== -1) {
        keepTo(chunk, next);
        abandon('truncated');
        return next;
      }
    }
    const rest = left - (end - at);
    if (rest === 0) state = code === SOS ? SCAN : MARKER;
    else {
      const isHalf = code === DHT && stage === 'scans' && chunk[end - 1] === 0xff;
      state = { is: isHalf ? 'segment-half' : 'segment', code, left: rest };
    }
    return end;
  };
  const joinSegment = (chunk: Buffer, at: number, code: number, left: number): number => {
    if (chunk[at] === SOI) return beginAnew(at + 1);
    state = { is: 'segment', code, left };
    return at;
  };

  const passScan = (chunk: Buffer, at: number): number => {
    const found = findMarker(chunk, at);
    if (found === -1) return chunk.length;
    state = SCAN_CODE;
    return found + 1 < chunk.length ? readScanCode(chunk, found + 1) : found + 1;
  };
  const readScanCode = (chunk: Buffer, at: number): number => {
    if (!isEntropy(chunk[at] ?? 0)) return readCode(chunk, at);
    state = SCAN;
    return at + 1;
  };

  /** Takes at least one byte or moves to another phase; returns where the next byte to look at stands. Frequent phases first. */
  const advance = (chunk: Buffer, at: number): number => {
    switch (state.is) {
      case 'scan':
        return passScan(chunk, at);
      case 'scan-code':
        return readScanCode(chunk, at);
      case 'segment':
        return passSegment(chunk, at, state.code, state.left);
      case 'segment-half':
        return joinSegment(chunk, at, state.code, state.left);
      case 'marker':
        return expectMarker(chunk, at);
      case 'code':
        return readCode(chunk, at);
      case 'length-high':
        return readHighLength(chunk, at, state.code);
      case 'length-low':
        return readLength(chunk, at, state.code, state.high);
      case 'stray-length':
        return readStrayLength(chunk, at, state.code);
      case 'between':
        return findStart(chunk, at);
      case 'between-half':
        return joinStart(chunk, at);
    }
  };
  const isBetween = (): boolean => state.is === 'between' || state.is === 'between-half';

  return {
    push(chunk) {
      kept = 0;
      for (let at = 0; at < chunk.length; ) at = advance(chunk, at);
      if (!isBetween() && kept < chunk.length) keepTo(chunk, chunk.length);
    },
    end(over = 0) {
      if (state.is === 'between-half') garbage.add(FF, 0, 1);
      else if (state.is !== 'between' && !mendEnd(over)) abandon('truncated');
      state = BETWEEN;
      garbage.report();
    },
  };
}

/**
 * Where an SOI stands in these bytes, or -1. A native search for two bytes is slow where the first of them is everywhere. Every second
 * byte tells: it is either of the two, or no SOI stands at it and before it.
 */
function findSoi(bytes: Buffer, from: number, to: number): number {
  for (let at = from + 1; at < to; at += 2) {
    const byte = bytes[at];
    if (byte === SOI) {
      if (bytes[at - 1] === 0xff) return at - 1;
    } else if (byte === 0xff && at + 1 < to && bytes[at + 1] === SOI) return at;
  }
  return -1;
}
