// Combines the answers of several consumers to a frame.

import { isFinal } from '../../contract/final.ts';

/**
 * Waits for every consumer: a final rejection by one is reported only after the others have acknowledged or refused the frame.
 * If any refusal is temporary, rejects with it even when another consumer rejects the frame for good: the frame must be sent again.
 */
export async function agreed(answers: readonly Promise<void>[]): Promise<void> {
  const [only] = answers;
  if (answers.length === 1) return only;
  const outcomes = await Promise.allSettled(answers);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => ({ reason }));
  const refusal = refused.find(({ reason }) => !isFinal(reason)) ?? refused[0];
  if (refusal) throw refusal.reason;
}
