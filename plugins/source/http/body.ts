// Reads the payload of an upload: the body itself, or the file of a form.

import { Busboy } from '@fastify/busboy';

/** Most parts of a form that are read. */
const MAX_PARTS = 50;

/** `curl --data-binary` sends the last type for any body without a declared one; the parser finds out what it is. */
const PLAIN = ['application/octet-stream', 'application/json', 'text/plain', 'application/x-www-form-urlencoded'];

/** The kind of a body by its type; undefined: not accepted. */
export function kindOf(contentType: string | undefined): 'plain' | 'form' | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return 'form';
  // `curl -T` sends no Content-Type at all.
  if (type === '' || type.startsWith('image/')) return 'plain';
  return PLAIN.includes(type) ? 'plain' : undefined;
}

export const TAKEN =
  'Send image/jpeg, image/png, application/octet-stream, application/json, text/plain or multipart/form-data.';

/**
 * The first file of a form, or the field of that name, file or text (RFC 7578). undefined when there is none. Rejects when the
 * form is broken.
 */
export function fileOf(body: Buffer, contentType: string, wanted: string | undefined): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let text: Buffer | undefined;
    let found: Buffer | undefined;
    const form = new Busboy({
      headers: { 'content-type': contentType },
      limits: { parts: MAX_PARTS, fileSize: body.length, fieldSize: body.length },
    });
    form.on('file', (name, file) => {
      // A truncated form emits an error on the file as well; unhandled, it would end the process.
      file.on('error', reject);
      if (found || (wanted !== undefined && name !== wanted)) return void file.resume();
      const chunks: Buffer[] = [];
      file.on('data', (chunk: Buffer) => void chunks.push(chunk));
      file.on('end', () => {
        found ??= Buffer.concat(chunks);
      });
    });
    form.on('field', (name, value) => {
      if (wanted === undefined || name === wanted) text ??= Buffer.from(value);
    });
    form.on('finish', () => resolve(found ?? text));
    form.on('error', reject);
    form.end(body);
  });
}
