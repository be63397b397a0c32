// Holds the JPEG that a framer is reading: its bytes up to a limit, their number beyond it, and its header.

import { type Collector, createCollector } from './collector.ts';
import { STANDARD_DHT } from './huffman.ts';
import { isRefusal, type JpegHeader, type Refusal, readJpegHeader } from './jpeg-header.ts';
import { SOI, SOS } from './jpeg-markers.ts';
import { lacksTables } from './recognise.ts';

export interface JpegFrame {
  /** Bytes so far, those beyond the limit included, which are not kept. */
  readonly bytes: number;
  /** Starts with an SOI. */
  begin(): void;
  keep(chunk: Buffer, from: number, to: number): void;
  /** Reads the header, which ends with the SOS marker, and inserts the tables that a sequential JPEG lacks. */
  enterScan(): Refusal | undefined;
  /** Hands over the whole picture; undefined when it has no scan or is over its limit. */
  take(): { readonly data: Buffer; readonly header: JpegHeader } | undefined;
  clear(): void;
}

const START = Buffer.from([0xff, SOI]);
const SCAN_MARKER = Buffer.from([0xff, SOS]);

/** `expected` is the size of the first picture, where there is an idea of it. */
export function createJpegFrame(most: number, expected?: number): JpegFrame {
  const kept: Collector = createCollector(expected);
  let bytes = 0;
  let header: JpegHeader | undefined;
  return {
    get bytes() {
      return bytes;
    },
    begin() {
      kept.clear();
      kept.append(START, 0, 2);
      bytes = 2;
      header = undefined;
    },
    keep(chunk, from, to) {
      bytes += to - from;
      if (bytes <= most) kept.append(chunk, from, to);
      else kept.clear();
    },
    enterScan() {
      if (bytes > most) return undefined;
      const read = readJpegHeader(kept.peek());
      if (isRefusal(read)) return read;
      header = read;
      if (lacksTables(read)) {
        kept.drop(2);
        kept.append(STANDARD_DHT, 0, STANDARD_DHT.length);
        kept.append(SCAN_MARKER, 0, 2);
      }
      return undefined;
    },
    take() {
      if (header === undefined || bytes > most) return undefined;
      return { data: kept.take(), header };
    },
    clear: kept.clear,
  };
}
