// Classifies a failure to send an e-mail: whether to retry, and what to do (RFC 5321 §4.2.1). Pure.

import { reason } from '../../../core/base/reason.ts';
import type { Sent } from '../../kit/notify/outbox.ts';

/** Limit of the server's message in characters. */
const MAX_REPLY = 200;

/** `clean` removes secrets from a text. */
export function outcomeOf(thrown: unknown, server: string, clean: (text: string) => string): Sent {
  const { code, responseCode } = factsOf(thrown);
  const reply = clean(reason(thrown))
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MAX_REPLY);
  if (code === 'EAUTH' || responseCode === 535) {
    return { is: 'failed', why: `${server} refused the login (${reply}): check "username" and "password".` };
  }
  // 5yz for the message or its addresses: the server would refuse the same message again.
  const isFinal = responseCode !== undefined && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  if (isFinal) return { is: 'refused', why: `${server} refused the e-mail (${reply}). It was dropped.` };
  return { is: 'failed', why: `${server} did not accept the e-mail: ${reply}.` };
}

function factsOf(thrown: unknown): { readonly code?: string; readonly responseCode?: number } {
  if (!(thrown instanceof Error)) return {};
  const code = 'code' in thrown && typeof thrown.code === 'string' ? { code: thrown.code } : {};
  const response = 'responseCode' in thrown ? Number(thrown.responseCode) : Number.NaN;
  return { ...code, ...(Number.isInteger(response) ? { responseCode: response } : {}) };
}
