// Cuts a byte stream into whole JPEGs by following their marker segments, one phase after another.

import { findMarker } from './entropy.ts';
import { createGarbage } from './garbage.ts';
import { createJpegFrame } from './jpeg-frame.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { DHT, EOI, isEntropy, isFrameHeader, isSegment, MAX_FILL, MAX_SEGMENTS, SOI, SOS } from './jpeg-markers.ts';
import { MAX_STRAY, withEnd } from './repair.ts';

export interface JpegSink {
  /** A whole JPEG in a buffer of its own with headroom. */
  image(data: Buffer, header: JpegHeader): void;
  skipped(bytes: number, reason: string): void;
  /** Reports a defect that was repaired; see MAX_STRAY and `repairs`. */
  odd?(code: string): void;
}

export interface JpegFramer {
  /** Does not keep `chunk`. */
  push(chunk: Buffer): void;
  /** `over`: the number of last bytes that do not belong to the stream. */
  end(over?: number): void;
}

const FF = Buffer.from([0xff]);
/** A segment's length that is probably an SOI: no segment of that length begins with FF. */
const STRAY_START = 0xff00 | SOI;

/** Position of the next byte. `code` is the marker of the segment. */
type State =
  /** Between pictures. */
  | { readonly is: 'between' }
  /** Between pictures, and the last byte was FF, which may begin an SOI. */
  | { readonly is: 'between-half' }
  /** At the FF of a marker. */
  | { readonly is: 'marker' }
  /** After the FF of a marker. */
  | { readonly is: 'code' }
  | { readonly is: 'length-high'; readonly code: number }
  | { readonly is: 'length-low'; readonly code: number; readonly high: number }
  /** After a length that is probably the SOI of the next picture. */
  | { readonly is: 'stray-length'; readonly code: number }
  | { readonly is: 'segment'; readonly code: number; readonly left: number }
  /** In tables between scans, and the last byte was FF, which may begin the next picture. */
  | { readonly is: 'segment-half'; readonly code: number; readonly left: number }
  /** In entropy-coded data. */
  | { readonly is: 'scan' }
  /** In entropy-coded data, after FF. */
  | { readonly is: 'scan-code' };

const BETWEEN: State = { is: 'between' };
const BETWEEN_HALF: State = { is: 'between-half' };
const MARKER: State = { is: 'marker' };
const CODE: State = { is: 'code' };
const SCAN: State = { is: 'scan' };
const SCAN_CODE: State = { is: 'scan-code' };

/** Progress of the picture. `start`: no marker has followed its SOI, which may be FF D8 by chance, in garbage. */
type Stage = 'start' | 'header' | 'scans';

/**
 * Reads every byte once, by native search in entropy-coded data, and copies it once, into the buffer of the picture.
 * Follows a frame of more than `maxFrame` bytes to its end without keeping it. Inserts the tables that a sequential JPEG lacks.
 * `expected`: an estimate of the size of the first picture. `repairs`: the picture ends with the stream, so a missing EOI is added if
 * the scan is complete.
 */
export function createJpegFramer(maxFrame: number, sink: JpegSink, expected?: number, repairs = false): JpegFramer {
  const frame = createJpegFrame(maxFrame, expected);
  const garbage = createGarbage((bytes) => sink.skipped(bytes, 'garbage'));
  let state: State = BETWEEN;
  let stage: Stage = 'start';
  let segments = 0;
  /** Bytes skipped before the next segment. */
  let stray = 0;
  /** Fill bytes before the next code. */
  let filled = 0;
  /** Index in the chunk up to which the bytes of the frame are stored. */
  let kept = 0;

  const keepTo = (chunk: Buffer, at: number): void => {
    frame.keep(chunk, kept, at);
    kept = at;
  };
  /** Begins a picture; its SOI ends at `at`. */
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
  /** Begins the next picture inside this one; its SOI ends at `at`. */
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
  /** Skips a byte of padding, which some cameras write between segments. */
  const passStray = (chunk: Buffer, at: number): number => {
    if (++stray > MAX_STRAY) return malformed(chunk, at);
    if (stray === 1) sink.odd?.('stray_bytes');
    keepTo(chunk, at);
    kept = at + 1;
    return at + 1;
  };
  /** Adds the EOI if nothing else is missing at the end of the stream. */
  const repairEnd = (over: number): boolean => {
    const whole = repairs && (state.is === 'scan' || state.is === 'scan-code') ? frame.take() : undefined;
    const data = whole && withEnd(whole.data.subarray(0, Math.max(0, whole.data.length - over)));
    if (!whole || !data) return false;
    sink.odd?.('no_end');
    sink.image(data, whole.header);
    return true;
  };
  /** Any number of FF may precede a code (T.81 §B.1.1.2), here at most MAX_FILL. */
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
  /** The header is complete and ends with the SOS marker. */
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
      // Tables between scans contain no FF: they were truncated, and this is the next frame.
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

  /** Consumes at least one byte or changes the state; returns the position of the next byte. Frequent states come first. */
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
      else if (state.is !== 'between' && !repairEnd(over)) abandon('truncated');
      state = BETWEEN;
      garbage.report();
    },
  };
}

/**
 * Position of an SOI in these bytes, or -1. A native search for two bytes is slow where the first of them is frequent. Reading every
 * second byte is enough: if it is neither of the two, no SOI begins at it or before it.
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
