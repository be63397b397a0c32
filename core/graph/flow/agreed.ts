// The one answer of several consumers to a frame.

import { isFinal } from '../../contract/final.ts';

/**
 * Waits for every consumer, so that a frame which one of them will never take is not answered for before the others have it.
 * Rejects with a refusal that may pass where there is one: then the frame must be sent again, whoever else rejects it for good.
 */
export async function agreed(answers: readonly Promise<void>[]): Promise<void> {
  const [only] = answers;
  if (answers.length === 1) return only;
  const outcomes = await Promise.allSettled(answers);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => ({ reason }));
  const told = refused.find(({ reason }) => !isFinal(reason)) ?? refused[0];
  if (told) throw told.reason;
}
