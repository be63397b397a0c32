// How many bytes may be in flight to one viewer without making pictures late. Pure.

/** The window before anything is known of the connection. Bytes. */
const START = 128 * 1024;
/** Enough for a dozen large pictures on a fast connection. Bytes. */
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
      // Only a full window says anything about the connection.
      if (took > LATE) size = Math.floor(size / 2);
      else if (took < PROMPT && inFlight * 2 >= size) size = Math.min(MOST, size + bytes);
      inFlight = Math.max(0, inFlight - bytes);
    },
  };
}
