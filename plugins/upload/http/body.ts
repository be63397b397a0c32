// Builds the request body of a picture: raw, as a form, or as base64 in JSON. Pure.

import { randomBytes } from 'node:crypto';
import type { Frame } from '../../../core/contract/frame.ts';

export type BodyShape =
  | { readonly is: 'raw'; readonly contentType: string | undefined }
  | { readonly is: 'multipart'; readonly field: string; readonly fields: Readonly<Record<string, string>> }
  | {
      readonly is: 'json';
      readonly field: string;
      readonly fields: Readonly<Record<string, string>>;
      readonly dataUrl: boolean;
    };

export interface Body {
  readonly contentType: string;
  readonly data: Buffer;
}

export function bodyOf(frame: Frame, shape: BodyShape): Body {
  if (shape.is === 'raw') return { contentType: shape.contentType ?? frame.type, data: frame.data };
  if (shape.is === 'multipart') return form(frame, shape.field, shape.fields);
  const base64 = frame.data.toString('base64');
  const picture = shape.dataUrl ? `data:${frame.type};base64,${base64}` : base64;
  const object = Object.fromEntries([...Object.entries(shape.fields), [shape.field, picture]]);
  return { contentType: 'application/json', data: Buffer.from(JSON.stringify(object)) };
}

/** multipart/form-data (RFC 7578). The boundary is random, so that no picture can contain it. */
function form(frame: Frame, field: string, fields: Readonly<Record<string, string>>): Body {
  const boundary = `camd-${randomBytes(18).toString('hex')}`;
  const extension = frame.type === 'image/png' ? 'png' : 'jpg';
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"\r\n\r\n${value}\r\n`,
  );
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="${quote(field)}"; filename="${quote(frame.camera)}.${extension}"\r\n` +
    `Content-Type: ${frame.type}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    data: Buffer.concat([Buffer.from(parts.join('') + head), frame.data, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

/** Escapes quotes and line ends like browsers (RFC 7578 §2 and the HTML standard). */
const quote = (text: string): string => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
