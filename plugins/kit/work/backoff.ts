// Exponential back-off with jitter and a cap. Pure.

export interface BackoffOptions {
  /** The first wait in milliseconds. */
  readonly first: number;
  /** The longest wait in milliseconds. */
  readonly most: number;
  /** The factor from one wait to the next. Default 2. */
  readonly factor?: number;
  /** The random share taken off each wait, 0 to 1, so that many clients do not retry at once. Default 0.3. */
  readonly jitter?: number;
  /** From 0 to 1. Default Math.random. */
  readonly random?: () => number;
}

export interface Backoff {
  /** Milliseconds to wait now; each call returns more, up to the cap. */
  next(): number;
  /** Starts again at the first wait, after a success. */
  reset(): void;
  /** Calls of `next` since the last reset. */
  readonly tries: number;
}

export function createBackoff(options: BackoffOptions): Backoff {
  const { first, most, factor = 2, jitter = 0.3, random = Math.random } = options;
  let tries = 0;
  return {
    next() {
      // The exponent is bounded, so that the wait for a camera absent for a year does not overflow into NaN.
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
