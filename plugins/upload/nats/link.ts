// Sends one picture by a pre-signed link: the archive offers a URL, the picture goes to the bucket, and the archive verifies it.

import { environment, type Frame, type Nats } from '../../../core/contract/plugin.ts';
import { announce, type Receipt, readOffer, readReceipt, subjectOf } from '../../kit/archive/protocol.ts';
import type { HttpClient } from '../../kit/http/fetch.ts';

export interface Sending {
  readonly nats: Nats;
  readonly http: HttpClient;
  readonly options: {
    readonly prefix: string;
    readonly site: string;
    readonly timeout: number;
    readonly give_up: number;
  };
  readonly signal: AbortSignal;
}

/** Limit of the bucket's response to a PUT, in bytes. */
const MAX_REPLY = 64 * 1024;

export async function sendByLink(frame: Frame, { nats, http, options, signal }: Sending): Promise<Receipt> {
  const { prefix, site, timeout } = options;
  const announcement = Buffer.from(JSON.stringify(announce(frame)));
  const limits = { signal, timeoutMs: timeout };
  const offered = await nats.request(subjectOf(prefix, site, 'offer'), announcement, limits);
  const offer = readOffer(offered.payload);
  if (!('url' in offer)) return offer;

  const url = new URL(offer.url);
  // The client sends the length itself; the signature includes it.
  const { 'content-length': _, ...headers } = offer.headers;
  const put = { method: 'PUT', body: frame.data, redirects: 'manual' } as const;
  const { status } = await http.fetch({ ...put, url, headers, deadline: timeout, maxBytes: MAX_REPLY, signal });
  if (status !== 200)
    throw environment('bad-status', `${url.host} answered ${status} to a picture of ${frame.camera}.`);

  const confirmed = await nats.request(subjectOf(prefix, site, 'stored'), announcement, limits);
  return readReceipt(confirmed.payload);
}
