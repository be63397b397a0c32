// How many bytes may be in flight to one viewer without making pictures late. Pure.

/** Bytes before anything is known of the link. */
const START = 128 * 1024;
/** Enough for a dozen large pictures on a fast link. */
const MOST = 8 * 1024 * 1024;
/** An acknowledgement that comes within this many milliseconds shows that there is room for more. */
const PROMPT = 150;
/** One that takes longer shows that pictures wait for each other. */
const LATE = 400;

export interface Window {
  /** Bytes that are not acknowledged. */
  readonly inFlight: () => number;
  /** The bound as it is now. With nothing in flight a picture of any size may go. */
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
      // Only a window that was in use says anything of the link.
      if (took > LATE) size = Math.floor(size / 2);
      else if (took < PROMPT && inFlight * 2 >= size) size = Math.min(MOST, size + bytes);
      inFlight = Math.max(0, inFlight - bytes);
    },
  };
}
