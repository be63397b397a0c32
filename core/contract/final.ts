// Marks a refusal as final: sending the same picture again would fail again, so the sender must not retry.

import { environment, type Fault, isFault } from './problems.ts';

const FINAL = 'rejected';

/** What a server said to a picture that it does not accept. It holds no secret. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of the body. */
  readonly body: string;
  /** `picture`: another one may do. `address`: the server does not know the address or the camera, which somebody may mend. */
  readonly about: 'picture' | 'address';
}

/**
 * For a consumer that takes every frame and will never take this one. `why` is a full sentence for the user. A spool before the
 * consumer keeps the frame as a dead letter with the answer, or holds it when the answer is about the address.
 */
export const rejected = (why: string, cause?: unknown): Fault => environment(FINAL, why, cause);

/** The cause of a rejection by a server. */
export const answered = (answer: Answer | undefined): { readonly answer: Answer } | undefined => answer && { answer };

/** The answer that a server gave to a picture, as far as the fault has one. */
export function answerOf(fault: unknown): Answer | undefined {
  const cause = isFault(fault) ? fault.cause : undefined;
  // Only `answered` makes such a cause.
  return typeof cause === 'object' && cause !== null && 'answer' in cause ? (cause.answer as Answer) : undefined;
}

export const isFinal = (cause: unknown): cause is Fault => isFault(cause) && cause.code === FINAL;
