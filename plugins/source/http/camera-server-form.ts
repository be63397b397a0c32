// The upload form of existing camera servers, and their responses.

import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import type { Verdict } from '../../../core/contract/plugin.ts';
import { bearerOf } from '../../kit/http/bearer.ts';
import { readForm } from '../../kit/http/form.ts';
import { json, message, queryOf } from '../../kit/http/json.ts';

/** Limit of a text field, in bytes. */
const MAX_FIELD = 4096;

export interface Form {
  readonly image: Buffer | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

/** Throws the fault `bad-form` when the form is broken or has too many parts. */
export async function readCameraForm(body: AsyncIterable<Buffer>, contentType: string): Promise<Form> {
  const fields = new Map<string, string>();
  let image: Buffer | undefined;
  for (const { name, is, data } of await readForm(body, contentType, { maxText: MAX_FIELD })) {
    if (is === 'text') fields.set(name, fields.get(name) ?? data.toString('utf8'));
    else if (name === 'image') image ??= data;
  }
  return { image, fields };
}

/** Camera and token from the query and the headers; the form may contain the missing ones. */
export const senderOf = (request: HttpRequest): { readonly camera: string | undefined; readonly token: string } => ({
  camera: queryOf(request.raw.url, 'cameraId'),
  token: bearerOf(request.headers) || (queryOf(request.raw.url, 'token') ?? ''),
});

export const isNumber = (camera: string): boolean => /^(0|-?[1-9]\d{0,9})$/.test(camera);

/** A response other than 200. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly retryAfter?: number;
}

/** undefined if the camera may send. */
export function refusalOf(camera: string, verdict: Verdict): Refusal | undefined {
  if (verdict === 'unknown') return { status: 400, message: `No camera with id ${camera}` };
  return verdict === 'wrong' ? { status: 401, message: 'Invalid token' } : undefined;
}

export function refuse(reply: HttpReply, { status, message: text, retryAfter }: Refusal): HttpReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return message(reply, status, text);
}

/** A problem document (RFC 9457), as the original server's framework sends it. */
export const missing = (reply: HttpReply, field: string): HttpReply =>
  reply
    .code(400)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(
      JSON.stringify({
        type: 'https://tools.ietf.org/html/rfc7231#section-6.5.1',
        title: 'One or more validation errors occurred.',
        status: 400,
        errors: { [field]: [`The ${field} field is required.`] },
      }),
    );

/** The body is the status. */
export const accepted = (reply: HttpReply): HttpReply => json(reply, 200, 200);
