// Exponential back-off with jitter and a cap. Pure.

export interface BackoffOptions {
  /** The first wait, milliseconds. */
  readonly first: number;
  /** No wait is longer, milliseconds. */
  readonly most: number;
  /** What each wait is multiplied by for the next one. Default 2. */
  readonly factor?: number;
  /** The part of a wait that chance may take off, 0 to 1, so that many clients do not knock at once. Default 0.3. */
  readonly jitter?: number;
  /** From 0 to 1. Default Math.random. */
  readonly random?: () => number;
}

export interface Backoff {
  /** Milliseconds to wait now; the next call gives more, up to the cap. */
  next(): number;
  /** All went well: the next wait is the first again. */
  reset(): void;
  /** Calls of `next` since the last reset. */
  readonly tries: number;
}

export function createBackoff(options: BackoffOptions): Backoff {
  const { first, most, factor = 2, jitter = 0.3, random = Math.random } = options;
  let tries = 0;
  return {
    next() {
      // The exponent is bounded so that a camera that is away for a year does not overflow into NaN.
      const whole = Math.min(most, first * factor ** Math.min(tries, 64));
      tries++;
      return whole * (1 - jitter * random());
    },
    reset() {
      tries = 0;
    },
    get tries() {
      return tries;
    },
  };
}
