// Writes the send time into a frame as a JPEG comment and reads it back, so that latency can be measured through any server.

/** SOI, COM, its length, and a fixed number of digits: none of its bytes can be mistaken for a marker (T.81 §B.2.4.5). */
const MARK = Buffer.from([0xff, 0xd8, 0xff, 0xfe]);
const DIGITS = 20;
const LENGTH = 2 + DIGITS;

/** A picture with space for a stamp after its SOI. */
export function stampable(picture: Buffer): Buffer {
  return Buffer.concat([
    MARK,
    Buffer.from([LENGTH >> 8, LENGTH & 0xff]),
    Buffer.alloc(DIGITS, '0'),
    picture.subarray(2),
  ]);
}

/** Nanoseconds of the monotonic clock, which all processes of a machine share. */
export const now = (): bigint => process.hrtime.bigint();

export function stamp(picture: Buffer): void {
  picture.write(String(now()).padStart(DIGITS, '0'), MARK.length + 2, 'latin1');
}

/** Milliseconds since the frame at `at` was stamped; NaN without a stamp. */
export function age(bytes: Buffer, at: number): number {
  const from = at + MARK.length + 2;
  if (!bytes.subarray(at, at + MARK.length).equals(MARK)) return Number.NaN;
  const text = bytes.toString('latin1', from, from + DIGITS);
  return /^\d+$/.test(text) ? Number(now() - BigInt(text)) / 1e6 : Number.NaN;
}
/** The number of bytes that `age` needs. */
export const STAMPED = MARK.length + LENGTH;
