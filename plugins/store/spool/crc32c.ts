// CRC-32C (Castagnoli, RFC 3720 §12.1): in WebAssembly sixteen bytes at a time (crc32c.wat), or a byte at a time without WebAssembly.

import code from './crc32c.wasm.ts';

const POLYNOMIAL = 0x82f63b78;
const TABLES = 16;
/** The memory layout of crc32c.wat: the tables, then a page for the bytes. */
const PAGE = 64 * 1024;
/** Fewer bytes cost less than a call of WebAssembly. */
const FEW = 24;

type Update = (crc: number, bytes: Uint8Array) => number;

/** Word `256 * n + byte`: the CRC of this byte with n zero bytes after it. */
const tables = ((): Int32Array => {
  const words = new Int32Array(TABLES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    words[byte] = value;
  }
  for (let at = 256; at < words.length; at++) {
    const value = words[at - 256] ?? 0;
    words[at] = (value >>> 8) ^ (words[value & 255] ?? 0);
  }
  return words;
})();

/** Works on every machine. */
export const bytewise: Update = (crc, bytes) => {
  let value = crc;
  // Every index lies within its table or within the bytes.
  for (let at = 0; at < bytes.length; at++) {
    value = (value >>> 8) ^ (tables[(value ^ (bytes[at] as number)) & 255] as number);
  }
  return value;
};

/** Undefined without WebAssembly. */
function inBlocks(): Update | undefined {
  try {
    const { memory, update } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, 'base64'))).exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof update !== 'function') return undefined;
    new Int32Array(memory.buffer).set(tables);
    const page = new Uint8Array(memory.buffer, PAGE, PAGE);
    return (crc, bytes) => {
      let value = crc;
      for (let at = 0; at < bytes.length; at += PAGE) {
        const piece = bytes.length - at > PAGE || at > 0 ? bytes.subarray(at, at + PAGE) : bytes;
        page.set(piece);
        value = update(value, PAGE, PAGE + piece.length);
      }
      return value;
    };
  } catch {
    return undefined;
  }
}

const blockwise = inBlocks() ?? bytewise;

/** Unsigned. `before` is the CRC of the bytes that precede these. */
export const crc32c = (bytes: Uint8Array, before = 0): number =>
  ~(bytes.length < FEW ? bytewise : blockwise)(~before, bytes) >>> 0;
