// The form of an upload as existing camera servers take it, and their answers.

import { Busboy } from '@fastify/busboy';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import type { Verdict } from '../../../core/contract/plugin.ts';
import { bearerOf } from '../../kit/http/bearer.ts';
import { json, message, queryOf } from '../../kit/http/json.ts';

/** Parts of a form that are looked at, and bytes of a field that is no file. */
const MAX_PARTS = 50;
const MAX_FIELD = 4096;

export interface Form {
  readonly image: Buffer | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

/** Rejects when the form is broken. */
export function readForm(body: Buffer, contentType: string): Promise<Form> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    let image: Buffer | undefined;
    const form = new Busboy({
      headers: { 'content-type': contentType },
      limits: { parts: MAX_PARTS, fileSize: body.length, fieldSize: MAX_FIELD },
    });
    form.on('file', (name, file) => {
      // A form that is cut short is told to the file as well; unheard, that would end the process.
      file.on('error', reject);
      const chunks: Buffer[] = [];
      file.on('data', (chunk: Buffer) => void (name === 'image' && chunks.push(chunk)));
      file.on('end', () => {
        if (name === 'image') image ??= Buffer.concat(chunks);
      });
    });
    form.on('field', (name, value) => {
      if (!fields.has(name)) fields.set(name, value);
    });
    form.on('finish', () => resolve({ image, fields }));
    form.on('error', reject);
    form.end(body);
  });
}

/** What the query and the headers say; the form may say the rest. */
export const askedOf = (request: HttpRequest): { readonly camera: string | undefined; readonly token: string } => ({
  camera: queryOf(request.raw.url, 'cameraId'),
  token: bearerOf(request.headers) || (queryOf(request.raw.url, 'token') ?? ''),
});

export const isNumber = (camera: string): boolean => /^(0|-?[1-9]\d{0,9})$/.test(camera);

/** What is answered instead of 200. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly retryAfter?: number;
}

/** undefined: the camera may send. */
export function refusalOf(camera: string, verdict: Verdict): Refusal | undefined {
  if (verdict === 'unknown') return { status: 400, message: `No camera with id ${camera}` };
  return verdict === 'wrong' ? { status: 401, message: 'Invalid token' } : undefined;
}

export function refuse(reply: HttpReply, { status, message: text, retryAfter }: Refusal): HttpReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return message(reply, status, text);
}

/** RFC 9457, as the original's framework answers. */
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
