// Serves stored pictures by name, inline or as a download, with validators and byte ranges.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Kept, Route, Store } from '../../../core/contract/plugin.ts';
import { matches } from '../../kit/http/ready.ts';

const NOT_FOUND =
  '<!doctype html>\n<html lang="en">\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>There is no such picture.</p>\n';

export function servePictures(store: () => Store | undefined, as: 'inline' | 'attachment'): Route['handler'] {
  return async (request, reply, { file = '' }) => {
    const found = await store()?.read(file);
    if (!found) return reply.code(404).type('text/html; charset=utf-8').send(NOT_FOUND);
    const { kept, body } = found;
    const etag = `"${createHash('sha256').update(`${kept.id} ${kept.size}`).digest('base64url').slice(0, 22)}"`;
    const name = file.slice(file.lastIndexOf('/') + 1);
    reply.headers({
      'cache-control': 'no-cache',
      etag,
      'last-modified': new Date(kept.time).toUTCString(),
      'accept-ranges': 'bytes',
      'content-disposition': `${as}; filename="${name.replace(/["\\]/g, '_')}"`,
      'x-content-type-options': 'nosniff',
    });
    const known = request.headers['if-none-match'];
    if (known !== undefined && matches(known, etag)) {
      body.destroy();
      return reply.code(304).send();
    }
    const range = rangeOf(request.headers, kept, etag);
    if (range === 'impossible') {
      body.destroy();
      return reply.code(416).header('content-range', `bytes */${kept.size}`).send();
    }
    reply.type(kept.type);
    const { first, last } = range ?? { first: 0, last: kept.size - 1 };
    reply.header('content-length', last - first + 1);
    if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${kept.size}`);
    if (request.method === 'HEAD') {
      body.destroy();
      return reply.send();
    }
    return reply.send(range ? Readable.from(slice(body, first, last)) : body);
  };
}

/** One range of bytes (RFC 9110 §14). Undefined, for the whole picture, if there are several ranges or the picture has changed. */
export function rangeOf(
  headers: IncomingHttpHeaders,
  { size }: Pick<Kept, 'size'>,
  etag: string,
): { first: number; last: number } | 'impossible' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== etag) return undefined;
  if (from === '') return to === '0' ? 'impossible' : { first: Math.max(0, size - Number(to)), last: size - 1 };
  if (to !== '' && Number(to) < Number(from)) return undefined;
  if (Number(from) >= size) return 'impossible';
  return { first: Number(from), last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}

async function* slice(body: Readable, first: number, last: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of body) {
    const data = Buffer.from(chunk);
    const piece = data.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
    at += data.length;
    if (piece.length > 0) yield piece;
    if (at > last) return;
  }
}
