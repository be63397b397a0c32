// CRC-32C (Castagnoli, RFC 3720 §12.1), eight bytes at a time by tables.

const POLYNOMIAL = 0x82f63b78;

const tables: readonly Int32Array[] = (() => {
  const made = Array.from({ length: 8 }, () => new Int32Array(256));
  const [first = new Int32Array(256)] = made;
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    first[byte] = value;
  }
  for (let table = 1; table < 8; table++) {
    const before = made[table - 1] ?? first;
    const one = made[table] ?? first;
    for (let byte = 0; byte < 256; byte++) {
      const value = before[byte] ?? 0;
      one[byte] = (value >>> 8) ^ (first[value & 255] ?? 0);
    }
  }
  return made;
})();

const [T0, T1, T2, T3, T4, T5, T6, T7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Unsigned. `before` is the CRC of the bytes that precede these. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  let at = 0;
  const { length } = bytes;
  // Every index lies within its table or within the bytes.
  for (const end = length - 7; at < end; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number);
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}
