// Holds the JPEG that a framer is reading: its bytes up to a limit, their number beyond it, and its header.

import { type Collector, createCollector } from './collector.ts';
import { STANDARD_DHT } from './huffman.ts';
import { isRefusal, type JpegHeader, type Refusal, readJpegHeader } from './jpeg-header.ts';
import { SOI, SOS } from './jpeg-markers.ts';
import { lacksTables } from './recognise.ts';

export interface JpegFrame {
  /** Bytes so far, including those beyond the limit, which are not kept. */
  readonly bytes: number;
  /** Starts with an SOI. */
  begin(): void;
  keep(chunk: Buffer, from: number, to: number): void;
  /** Reads the header, which ends with the SOS marker, and inserts the tables that a sequential JPEG lacks. */
  enterScan(): Refusal | undefined;
  /** Returns the whole picture; undefined when it has no scan or is over its limit. */
  take(): { readonly data: Buffer; readonly header: JpegHeader } | undefined;
  clear(): void;
}

const START = Buffer.from([0xff, SOI]);
const SCAN_MARKER = Buffer.from([0xff, SOS]);

/** `expected`: an estimate of the size of the first picture. */
export function createJpegFrame(maxBytes: number, expected?: number): JpegFrame {
  const collector: Collector = createCollector(expected);
  let bytes = 0;
  let header: JpegHeader | undefined;
  return {
    get bytes() {
      return bytes;
    },
    begin() {
      collector.clear();
      collector.append(START, 0, 2);
      bytes = 2;
      header = undefined;
    },
    keep(chunk, from, to) {
      bytes += to - from;
      if (bytes <= maxBytes) collector.append(chunk, from, to);
      else collector.clear();
    },
    enterScan() {
      if (bytes > maxBytes) return undefined;
      const read = readJpegHeader(collector.peek());
      if (isRefusal(read)) return read;
      header = read;
      if (lacksTables(read)) {
        collector.drop(2);
        collector.append(STANDARD_DHT, 0, STANDARD_DHT.length);
        collector.append(SCAN_MARKER, 0, 2);
      }
      return undefined;
    },
    take() {
      if (header === undefined || bytes > maxBytes) return undefined;
      return { data: collector.take(), header };
    },
    clear: collector.clear,
  };
}
