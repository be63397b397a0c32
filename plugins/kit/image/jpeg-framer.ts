// Cuts a byte stream into whole JPEGs by following their marker segments.

import { createCollector } from './collector.ts';
import { findMarker } from './entropy.ts';
import { STANDARD_DHT } from './huffman.ts';
import { isRefusal, type JpegHeader, readJpegHeader } from './jpeg-header.ts';
import { DHT, EOI, isEntropy, isFrameHeader, isSegment, SOI, SOS } from './jpeg-markers.ts';
import { lacksTables } from './recognise.ts';

export interface JpegSink {
  /** A whole JPEG in a hasHeadroom buffer of its own. */
  image(data: Buffer, header: JpegHeader): void;
  skipped(bytes: number, reason: string): void;
}

export interface JpegFramer {
  /** The bytes are only lent. */
  push(chunk: Buffer): void;
  end(): void;
}

const START = Buffer.from([0xff, SOI]);
const FF = Buffer.from([0xff]);
const SCAN_MARKER = Buffer.from([0xff, SOS]);
/** Garbage is reported in pieces of at least this many bytes, so that a stream of nothing else does not go unnoticed. */
const GARBAGE_REPORT = 64 * 1024;

/** A segment's length that is rather an SOI: no segment of that length begins with FF. */
const STRAY_START = 0xff00 | SOI;

/** Where the next byte stands. */
type Phase = 'between' | 'marker' | 'code' | 'length-high' | 'length-low' | 'segment' | 'scan';

/**
 * Every byte is looked at once, by native search in entropy-coded data, and copied once, into the buffer that is handed on.
 * A frame of more than `maxFrame` bytes is followed to its end without being kept. Tables that a sequential JPEG lacks are inserted.
 * `expected` is the size of the first picture, where there is an idea of it.
 */
export function createJpegFramer(maxFrame: number, sink: JpegSink, expected?: number): JpegFramer {
  const frame = createCollector(expected);
  let phase: Phase = 'between';
  /** In 'between': the last byte was FF. */
  let half = false;
  let code = 0;
  let left = 0;
  /** The first scan has begun. */
  let scanning = false;
  /** Entropy-coded data came last. */
  let entropy = false;
  /** No marker has followed the SOI yet: it may be FF D8 by chance, in garbage. */
  let fresh = false;
  let total = 0;
  let header: JpegHeader | undefined;
  let gap = 0;
  let padding = true;

  const reportGap = () => {
    const bytes = gap;
    gap = 0;
    // Cameras pad frames with zeros or ones up to the size of their buffers: that is no fault to report.
    if (bytes > 0 && !padding) sink.skipped(bytes, 'garbage');
    padding = true;
  };
  const pass = (chunk: Buffer, from: number, to: number) => {
    gap += to - from;
    for (let at = from; padding && at < to; at++) padding = chunk[at] === 0 || chunk[at] === 0xff;
    if (gap >= GARBAGE_REPORT) reportGap();
  };
  const begin = () => {
    frame.clear();
    frame.append(START, 0, 2);
    total = 2;
    header = undefined;
    scanning = false;
    entropy = false;
    fresh = true;
    phase = 'marker';
  };
  const keep = (chunk: Buffer, from: number, to: number) => {
    total += to - from;
    if (total <= maxFrame) frame.append(chunk, from, to);
    else frame.clear();
  };
  const abandon = (reason: string) => {
    const bytes = total;
    phase = 'between';
    half = false;
    frame.clear();
    sink.skipped(bytes, bytes > maxFrame ? 'over max_frame' : reason);
  };
  const finish = () => {
    if (header === undefined || total > maxFrame) return abandon('JPEG without a picture');
    const found = header;
    const data = frame.take();
    phase = 'between';
    half = false;
    sink.image(data, found);
  };
  /** The header is whole now and ends with the SOS marker. */
  const enterFirstScan = (): boolean => {
    if (total > maxFrame) return true;
    const result = readJpegHeader(frame.peek());
    if (isRefusal(result)) {
      abandon(result.reason);
      return false;
    }
    header = result;
    if (lacksTables(result)) {
      frame.drop(2);
      frame.append(STANDARD_DHT, 0, STANDARD_DHT.length);
      frame.append(SCAN_MARKER, 0, 2);
    }
    return true;
  };

  return {
    push(chunk) {
      const end = chunk.length;
      let at = 0;
      /** The bytes of the frame before this one are kept already. */
      let from = 0;
      while (at < end) {
        if (phase === 'scan') {
          const found = findMarker(chunk, at);
          if (found === -1) at = end;
          else {
            at = found + 1;
            phase = 'code';
          }
        } else if (phase === 'segment' && left === STRAY_START - 2 && chunk[at] === 0xff) {
          // What looks like a length is the SOI of the next frame, and the byte after it the beginning of its first marker.
          total += at - 2 - from;
          abandon('truncated');
          begin();
          from = at;
        } else if (phase === 'segment') {
          const step = Math.min(left, end - at);
          const stray = scanning && code === DHT ? chunk.subarray(at, at + step).indexOf(START) : -1;
          if (stray !== -1) {
            // Tables between scans hold no FF: they were cut short, and this is the next frame.
            keep(chunk, from, at + stray);
            at += stray;
            from = at;
            abandon('truncated');
            continue;
          }
          at += step;
          left -= step;
          if (left === 0) {
            entropy = code === SOS;
            phase = entropy ? 'scan' : 'marker';
          }
        } else if (phase === 'between') {
          const joined = half && chunk[at] === SOI;
          const found = joined ? at - 1 : chunk.indexOf(START, at);
          if (half && !joined) pass(FF, 0, 1);
          if (found === -1 && !joined) {
            half = chunk[end - 1] === 0xff;
            pass(chunk, at, half ? end - 1 : end);
            at = end;
          } else {
            if (found > at) pass(chunk, at, found);
            half = false;
            at = found + 2;
            begin();
          }
          from = at;
        } else {
          const byte = chunk[at++] ?? 0;
          if (phase === 'marker') {
            if (byte === 0xff) phase = 'code';
            else {
              at--;
              keep(chunk, from, at);
              from = at;
              if (fresh) {
                phase = 'between';
                gap += total;
                padding = false;
              } else abandon('malformed JPEG');
            }
          } else if (phase === 'code') {
            if (byte === 0xff) continue;
            if (entropy && isEntropy(byte)) phase = 'scan';
            else {
              if (fresh) reportGap();
              fresh = false;
              code = byte;
              if (byte === SOI) {
                total += at - 2 - from;
                abandon('truncated');
                begin();
                from = at;
              } else if (byte === EOI) {
                keep(chunk, from, at);
                from = at;
                finish();
              } else if (!isSegment(byte) || (scanning && isFrameHeader(byte))) {
                keep(chunk, from, at);
                from = at;
                abandon('malformed JPEG');
              } else {
                entropy = false;
                phase = 'length-high';
                if (byte === SOS && !scanning) {
                  keep(chunk, from, at);
                  from = at;
                  scanning = enterFirstScan();
                }
              }
            }
          } else if (phase === 'length-high') {
            left = byte << 8;
            phase = 'length-low';
          } else {
            left = (left | byte) - 2;
            phase = 'segment';
            const bad = left < 0 || (code === SOS && (left < 6 || left > 12 || left % 2 === 1));
            if (bad) {
              keep(chunk, from, at);
              from = at;
              abandon('malformed JPEG');
            } else if (left === 0) phase = 'marker';
          }
        }
      }
      if (phase !== 'between' && from < end) keep(chunk, from, end);
    },
    end() {
      if (half) pass(FF, 0, 1);
      half = false;
      if (phase !== 'between') abandon('truncated');
      reportGap();
    },
  };
}
