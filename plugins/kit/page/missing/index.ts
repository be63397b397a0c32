// The 404 page for browsers, with links to the pages that exist. Programs get JSON.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { escapeHtml } from '../answer.ts';
import { chooseLanguage } from '../shared/language.ts';
import { de } from './de.ts';
import { en, type MissingWords } from './en.ts';

/** Maximum links on one page. */
const MAX_LINKS = 200;

export interface Link {
  readonly text: string;
  readonly href: string;
}

export interface MissingPage {
  headline(words: MissingWords): string;
  /** The server's message for programs, in English. */
  readonly detail?: string;
  intro(words: MissingWords): string;
  readonly links: readonly Link[];
}

/** True for a page request of a browser: requests for pictures, for scripts and from programs accept other types. */
export const isReader = ({ accept }: IncomingHttpHeaders): boolean => /(^|,)\s*text\/html/i.test(accept ?? '');

/** The style of the other pages, inline; with the colours of shared/base.css. */
const STYLE = [
  ':root{color-scheme:light dark;--ground:#f5f5f3;--text:#17191b;--quiet:#5a5f64;--mark:#0b57d0;',
  'font:16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}',
  '@media (prefers-color-scheme:dark){:root{--ground:#101214;--text:#eceef0;--quiet:#9ea5ab;--mark:#8ab4f8}}',
  'body{margin:0;background:var(--ground);color:var(--text)}',
  'main{box-sizing:border-box;max-width:40rem;margin:0 auto;padding:12vh 16px 16px;overflow-wrap:anywhere}',
  'h1{margin:0 0 8px;font-size:1.5rem;font-weight:600;letter-spacing:-.01em}',
  'p{margin:0 0 16px;color:var(--quiet)}ul{margin:0;padding:0;list-style:none}',
  'a{display:block;padding:8px 0;color:var(--mark)}a:focus-visible{outline:3px solid var(--mark);outline-offset:3px}',
].join('');
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The page runs and loads nothing; its one style is allowed by its hash (CSP Level 3 §2.3.1). */
export const MISSING_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
  'x-content-type-options': 'nosniff',
  vary: 'Accept, Accept-Language',
};

export function missingPage(headers: IncomingHttpHeaders, { headline, detail, intro, links }: MissingPage): string {
  const preferred = (headers['accept-language'] ?? '').split(',').map((tag) => tag.split(';')[0]?.trim() ?? '');
  const language = chooseLanguage(preferred);
  const words = { en, de }[language];
  const title = escapeHtml(headline(words));
  const items = links
    .slice(0, MAX_LINKS)
    .map(({ text, href }) => `<li><a href="${escapeHtml(href)}">${escapeHtml(text)}</a></li>`)
    .join('');
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>404 – ${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>
${detail === undefined ? '' : `<p lang="en">${escapeHtml(detail)}</p>`}
${items === '' ? `<p>${escapeHtml(words.none)}</p>` : `<p>${escapeHtml(intro(words))}</p><ul>${items}</ul>`}
</main></body></html>
`;
}
