// Marks a refusal as final: sending the same picture again would fail again, so the sender must not retry.

import { environment, type Fault, isFault } from './problems.ts';

const FINAL = 'rejected';

/** For a consumer that takes every frame and will never take this one. `why` is a full sentence for the user. */
export const rejected = (why: string, cause?: unknown): Fault => environment(FINAL, why, cause);

export const isFinal = (cause: unknown): cause is Fault => isFault(cause) && cause.code === FINAL;
