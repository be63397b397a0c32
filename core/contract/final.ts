// Marks a refusal as final: sending the same picture again would fail again, so the sender must not retry.

import { environment, type Fault, isFault } from './problems.ts';

const FINAL = 'rejected';

/** The answer of a server that does not accept a picture. It holds no secret. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of the body. */
  readonly body: string;
  /** `picture`: another picture may be accepted. `address`: the server does not have the address or the camera, which can be corrected. */
  readonly about: 'picture' | 'address';
}

/**
 * For a consumer that receives every frame and will never accept this one. `why` is a full sentence for the user. A spool before the
 * consumer keeps the frame as a dead letter with the answer, or holds it if the answer is about the address.
 */
export const rejected = (why: string, cause?: unknown): Fault => environment(FINAL, why, cause);

/** Wraps a server's answer as the `cause` of a rejection. */
export const answered = (answer: Answer | undefined): { readonly answer: Answer } | undefined => answer && { answer };

/** The server's answer to a picture, if the fault contains one. */
export function answerOf(fault: unknown): Answer | undefined {
  const cause = isFault(fault) ? fault.cause : undefined;
  // Only `answered` creates such a cause.
  return typeof cause === 'object' && cause !== null && 'answer' in cause ? (cause.answer as Answer) : undefined;
}

export const isFinal = (cause: unknown): cause is Fault => isFault(cause) && cause.code === FINAL;
