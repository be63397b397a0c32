// Identifiers that sort by time and are unique without coordination: ULIDs (https://github.com/ulid/spec), in monotonic order.

import { randomBytes } from 'node:crypto';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Two digits at once, for each value below 1024. */
const PAIRS = [...DIGITS].flatMap((high) => [...DIGITS].map((low) => high + low));
/** Half of the 80 random bits is a counter, so that identifiers of one process never repeat and stay in order. */
const COUNT_BITS = 40;

export type Ulid = (now: number) => string;

/** `random` returns this many random bytes. */
export function createUlid(random: (bytes: number) => Buffer = randomBytes): Ulid {
  const own = encode(random(5).readUIntBE(0, 5), 8);
  // The top bit starts at zero, so that the counter has room for 2^39 identifiers.
  let count = random(5).readUIntBE(0, 5) % 2 ** (COUNT_BITS - 1);
  let time = -1;
  let prefix = '';
  return (now) => {
    const milliseconds = Math.floor(now);
    // A clock that is set back must not break the order.
    if (milliseconds > time) {
      time = milliseconds;
      prefix = encode(time, 10) + own;
    }
    count++;
    return prefix + encode(count, 8);
  };
}

/** `length` must be even. */
function encode(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let digit = 0; digit < length; digit += 2) {
    text = PAIRS[rest % 1024] + text;
    rest = Math.floor(rest / 1024);
  }
  return text;
}
