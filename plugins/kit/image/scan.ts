// Scans for JPEG markers in WebAssembly (scan.wat), and manages its memory.

import code from './scan.wasm.ts';

/** Memory layout of scan.wat: bytes in the first four pages are scanned there, others are copied behind them piece by piece. */
const HOME_BYTES = 256 * 1024;
const PIECE_BYTES = 64 * 1024;
/** The first piece is small: the marker may be near. */
const FIRST_PIECE = 1024;

export interface Scan {
  /** Bytes in this buffer are scanned without a copy. */
  readonly home: Buffer;
  /** The index of the FF of the first marker in `data[at, end)`; `end` when there is none. `data[end]` must exist: it is read. */
  find(data: Buffer, at: number, end: number): number;
}

/** Undefined where WebAssembly or its vector instructions are missing. */
export function createScan(): Scan | undefined {
  const made = instance();
  if (!made) return undefined;
  const { memory, scan } = made;
  const bytes = Buffer.from(memory.buffer);

  const findElsewhere = (data: Buffer, at: number, end: number): number => {
    for (let size = FIRST_PIECE; at < end; size = Math.min(4 * size, PIECE_BYTES)) {
      const length = Math.min(size, end - at);
      data.copy(bytes, HOME_BYTES, at, at + length + 1);
      const found = scan(HOME_BYTES, HOME_BYTES + length) - HOME_BYTES;
      at += found;
      if (found < length) break;
    }
    return at;
  };
  return {
    home: bytes.subarray(0, HOME_BYTES),
    find(data, at, end) {
      if (data.buffer !== memory.buffer) return findElsewhere(data, at, end);
      const { byteOffset } = data;
      return scan(byteOffset + at, byteOffset + end) - byteOffset;
    },
  };
}

interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly scan: (at: number, end: number) => number;
}

function instance(): Instance | undefined {
  try {
    const module = new WebAssembly.Module(Buffer.from(code, 'base64'));
    const { memory, scan } = new WebAssembly.Instance(module).exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof scan !== 'function') return undefined;
    return { memory, scan: (at, end) => scan(at, end) };
  } catch {
    return undefined;
  }
}
