// Reads the head of a camera's HTTP response as curl and browsers do: unreadable parts are left out and reported.

import type { Oddity } from './oddities.ts';

/** Bytes of one head; the limit of curl is higher, that of undici lower. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** Fields that are kept; further ones are ignored. */
export const MAX_FIELDS = 256;
/** Interim responses (1xx) and empty lines that may precede the response. */
export const MAX_PRELUDE = 8;
const SHOWN = 24;

export interface ResponseHead {
  readonly status: number;
  /** HTTP/1.0 and ICY close the connection after each response unless a header says otherwise. */
  readonly closes: boolean;
  /** Names in lower case; values of repeated fields joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
}

export type HeadState =
  | { readonly is: 'open' }
  /** `early`: bytes that were read and belong to the body. */
  | { readonly is: 'done'; readonly head: ResponseHead; readonly early: Buffer }
  | { readonly is: 'refused'; readonly why: string };

export interface HeadReader {
  /** Reads from `at` on and returns where it stopped: at the chunk's end, or where the body begins. */
  take(chunk: Buffer, at: number): number;
  readonly state: HeadState;
}

const NOTHING = Buffer.alloc(0);
const STATUS = /^\s*(?:HTTP(?:\/(\d)(?:\.(\d+))?|(?=\s))|ICY)(?:\s+(\d{3})(?!\d))?(?![\w-]*:)/i;
/** A header in the place of the status line. */
const HEADER = /^[A-Za-z][\w-]*[ \t]*:/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for them
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/g;
/** Even without its empty line, a head ends where a picture or the first part begins. */
const isBody = (line: string): boolean => line.startsWith('\xff\xd8') || line.startsWith('--');

export function createHeadReader(odd: (oddity: Oddity) => void): HeadReader {
  let state: HeadState = { is: 'open' };
  let line = '';
  let bytes = 0;
  let prelude = 0;
  let first: { status: number; closes: boolean } | undefined;
  let fields: { name: string; value: string }[] = [];

  const refuse = (why: string): void => {
    state = { is: 'refused', why };
  };
  const finish = (early: Buffer): void => {
    const status = first?.status ?? 200;
    if (status >= 100 && status < 200 && status !== 101) {
      first = undefined;
      fields = [];
      prelude++;
      return;
    }
    const { headers, cookies } = collect(fields);
    const connection = (headers.connection ?? '').toLowerCase();
    const closes = connection.includes('close') || ((first?.closes ?? true) && !connection.includes('keep-alive'));
    state = { is: 'done', head: { status, closes, headers, cookies }, early };
  };
  const statusLine = (text: string): void => {
    const found = STATUS.exec(text);
    if (!found && HEADER.test(text)) {
      odd('status_line');
      first = { status: 200, closes: true };
      field(text);
      return;
    }
    if (!found) {
      refuse(`it begins with "${printable(text)}"`);
      return;
    }
    if (found[3] === undefined) odd('status_line');
    const isNew = found[1] === '1' && found[2] !== '0';
    first = { status: Number(found[3] ?? '200'), closes: !isNew };
  };
  const field = (text: string): void => {
    const last = fields.at(-1);
    if (/^[ \t]/.test(text) && last) {
      odd('folded_header');
      last.value = `${last.value} ${text.trim()}`.trim();
      return;
    }
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0));
    if (name.trim() === '') odd('nameless_header');
    else if (fields.length >= MAX_FIELDS) odd('many_headers');
    else keep(name, text.slice(colon + 1));
  };
  const keep = (name: string, value: string): void => {
    if (!NAME.test(name)) odd('header_name');
    const clean = value.replaceAll(CONTROL, '');
    if (clean !== value) odd('header_value');
    fields.push({ name: name.trim().toLowerCase().replaceAll(/\s+/g, '-'), value: clean.trim() });
  };
  const endLine = (text: string): void => {
    if (!text.endsWith('\r') && first !== undefined) odd('line_ends');
    const content = text.replace(/\r+$/, '');
    if (first === undefined) {
      if (content.trim() !== '') statusLine(content);
      else prelude++;
    } else if (content === '') finish(NOTHING);
    else field(content);
    if (prelude > MAX_PRELUDE) refuse('too many empty or interim responses precede it');
  };

  return {
    get state() {
      return state;
    },
    take(chunk, at) {
      while (state.is === 'open' && at < chunk.length) {
        const end = chunk.indexOf(0x0a, at);
        const stop = end === -1 ? chunk.length : end;
        const from = line.length;
        // One byte above the limit is enough to detect an oversized head.
        const read = Math.min(stop, at + MAX_HEAD_BYTES + 1 - bytes);
        line += chunk.toString('latin1', at, read);
        bytes += read - at + (end === -1 ? 0 : 1);
        if (isBody(line)) {
          odd(first === undefined ? 'status_line' : 'unended_head');
          finish(Buffer.from(line.slice(0, from), 'latin1'));
          return at;
        }
        if (bytes > MAX_HEAD_BYTES) {
          refuse('its response headers are too large');
          return at;
        }
        at = stop;
        if (end === -1) continue;
        const whole = line;
        line = '';
        at = end + 1;
        endLine(whole);
      }
      return at;
    },
  };
}

function collect(fields: readonly { name: string; value: string }[]): Pick<ResponseHead, 'headers' | 'cookies'> {
  const headers = new Map<string, string>();
  for (const { name, value } of fields) {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const cookies = fields.filter(({ name }) => name === 'set-cookie').map(({ value }) => value);
  return { headers: Object.fromEntries(headers), cookies };
}

const printable = (text: string): string => {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, '·');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
};
