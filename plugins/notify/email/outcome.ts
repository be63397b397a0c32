// What a failure to send an e-mail means: whether to try again, and what to do (RFC 5321 §4.2.1). Pure.

import { reason } from '../../../core/base/reason.ts';
import type { Sent } from '../../kit/notify/outbox.ts';

/** Characters of the server's own words. */
const MAX_SAID = 200;

/** `clean` takes secrets out of a text. */
export function outcomeOf(thrown: unknown, server: string, clean: (text: string) => string): Sent {
  const { code, responseCode } = factsOf(thrown);
  const said = clean(reason(thrown))
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MAX_SAID);
  if (code === 'EAUTH' || responseCode === 535) {
    return { is: 'failed', why: `${server} refused the login (${said}): check "username" and "password".` };
  }
  // 5yz to the message or its addresses: the same message is refused again.
  const isFinal = responseCode !== undefined && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  if (isFinal) return { is: 'refused', why: `${server} refused the e-mail (${said}). It was dropped.` };
  return { is: 'failed', why: `${server} did not take the e-mail: ${said}.` };
}

function factsOf(thrown: unknown): { readonly code?: string; readonly responseCode?: number } {
  if (!(thrown instanceof Error)) return {};
  const code = 'code' in thrown && typeof thrown.code === 'string' ? { code: thrown.code } : {};
  const response = 'responseCode' in thrown ? Number(thrown.responseCode) : Number.NaN;
  return { ...code, ...(Number.isInteger(response) ? { responseCode: response } : {}) };
}
