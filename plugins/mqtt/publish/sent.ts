// The outcome of a publication, and the error for the sender if the broker has not accepted the picture.

import { environment } from '../../../core/contract/plugin.ts';

/** `why` is a sentence. */
export type Sent = 'sent' | { readonly why: string };

/** @throws Fault `unpublished`, after which a store/spool before the node sends the picture again. */
export function throwUnlessSent(sent: Sent): void {
  if (sent !== 'sent') throw environment('unpublished', sent.why);
}
