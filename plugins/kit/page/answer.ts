// Serves the files of a plugin's page: read once, validated by ETag, with a strict Content-Security-Policy.

import { createHash } from 'node:crypto';
import type { HttpReply, HttpRequest } from '../../../core/contract/http.ts';
import { pageFile } from './files.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
};

/** Allows only resources of the page's own server, scripts and styles only as files (CSP Level 3 §6). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

export type PageAnswer = (request: HttpRequest, reply: HttpReply) => Promise<unknown>;

/** `fill` inserts the values of a template; it must escape them with `escapeHtml`. */
export function createPageAnswers(use: string): (name: string, fill?: (text: string) => string) => PageAnswer {
  const texts = new Map<string, Promise<string>>();
  const textOf = (name: string): Promise<string> => {
    const known = texts.get(name);
    if (known) return known;
    const reading = pageFile(use, name);
    texts.set(name, reading);
    reading.catch(() => texts.delete(name));
    return reading;
  };
  return (name, fill = same) =>
    async (request, reply) => {
      const text = fill(await textOf(name));
      const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
      reply.headers({
        etag,
        'cache-control': 'no-cache',
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
      });
      const known = request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
      if (known) return reply.code(304).send();
      return reply.type(TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream').send(text);
    };
}

const same = (text: string): string => text;

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
