// Limits the bytes in flight to one viewer, so that pictures are not late. Pure.

/** The initial window. Bytes. */
const START = 128 * 1024;
/** The largest window: a dozen large pictures on a fast connection. Bytes. */
const MOST = 8 * 1024 * 1024;
/** An acknowledgement within this many milliseconds shows spare capacity. */
const PROMPT = 150;
/** A slower one shows that pictures queue up. */
const LATE = 400;

export interface Window {
  /** Unacknowledged bytes. */
  readonly inFlight: () => number;
  /** The current window. With nothing in flight a picture of any size may be sent. */
  readonly size: () => number;
  isOpen(): boolean;
  sent(bytes: number): void;
  /** `took`: milliseconds from sending to acknowledgement. */
  acknowledged(bytes: number, took: number): void;
}

export function createWindow(): Window {
  let size = START;
  let inFlight = 0;
  return {
    inFlight: () => inFlight,
    size: () => size,
    isOpen: () => inFlight === 0 || inFlight < size,
    sent(bytes) {
      inFlight += bytes;
    },
    acknowledged(bytes, took) {
      // Only a window that is at least half full measures the connection.
      if (took > LATE) size = Math.floor(size / 2);
      else if (took < PROMPT && inFlight * 2 >= size) size = Math.min(MOST, size + bytes);
      inFlight = Math.max(0, inFlight - bytes);
    },
  };
}
