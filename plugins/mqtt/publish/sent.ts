// Whether the broker has a picture, and the refusal for the sender when it has not.

import { environment } from '../../../core/contract/plugin.ts';

/** `why` is a sentence. */
export type Sent = 'sent' | { readonly why: string };

/** @throws Fault `unpublished`: a store/spool before the node tries the picture again. */
export function throwUnlessSent(sent: Sent): void {
  if (sent !== 'sent') throw environment('unpublished', sent.why);
}
