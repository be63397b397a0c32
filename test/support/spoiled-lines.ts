// The faults of one line of a camera's response, by the role of the line.

import { join } from './fake-camera.ts';

export type Role = 'status' | 'header' | 'blank' | 'delimiter' | 'behind';

export interface Line {
  readonly role: Role;
  readonly text: string;
  readonly end: string;
}

/** Returns the replacement of the line. */
type Spoil = (line: Line) => readonly Line[];
type Faults = Readonly<Record<string, Spoil>>;
/** Changes of the text of a line. */
type Changes = Readonly<Record<string, (text: string) => string>>;

const shown = ({ role, text }: Line): string =>
  role === 'blank' ? 'the empty line' : role === 'behind' ? 'the line end behind the picture' : `"${text}"`;

/** The name of a fault begins with the affected line. */
function named(line: Line, faults: Changes): Faults {
  const made = Object.entries(faults).map(([name, change]): [string, Spoil] => [
    `${shown(line)} ${name}`,
    (input) => [{ ...input, text: change(input.text) }],
  ]);
  return Object.fromEntries(made);
}

const ends = (line: Line): Faults => ({
  [`${shown(line)} ends with LF`]: (input) => [{ ...input, end: '\n' }],
  [`${shown(line)} ends with CR CR LF`]: (input) => [{ ...input, end: '\r\r\n' }],
  [`${shown(line)} ends with CR`]: (input) => [{ ...input, end: '\r' }],
  [`${shown(line)} has no end`]: (input) => [{ ...input, end: '' }],
  [`${shown(line)} is left out`]: () => [],
  [`${shown(line)} stands twice`]: (input) => [input, input],
  [`${shown(line)} is followed by an empty line`]: (input) => [input, { ...input, text: '' }],
});

export function lineFaultsOf(line: Line): Faults {
  if (line.role === 'status') return { ...ends(line), ...named(line, STATUS) };
  if (line.role === 'header') {
    const isLength = /^content-length/i.test(line.text);
    const isBoundary = line.text.includes('boundary=');
    return {
      ...ends(line),
      ...named(line, HEADERS),
      ...named(line, isLength ? LENGTHS : {}),
      ...named(line, isBoundary ? BOUNDARIES : {}),
      ...named(line, /^transfer-encoding/i.test(line.text) ? CODINGS : {}),
      ...named(line, /^content-type/i.test(line.text) ? TYPES : {}),
    };
  }
  if (line.role === 'blank') {
    return { ...ends(line), ...named(line, { 'has a space': () => ' ', 'has a tab': () => '\t' }) };
  }
  const spaces = named(line, { 'has spaces at its end': (text) => `${text}   ` });
  return { ...ends(line), ...spaces, ...(line.role === 'delimiter' ? named(line, DELIMITERS) : {}) };
}

const STATUS: Changes = {
  'without a reason': () => 'HTTP/1.1 200',
  'with an empty reason': () => 'HTTP/1.1 200 ',
  'with a long reason': () => `HTTP/1.1 200 ${'O'.repeat(5000)}`,
  'with two spaces': () => 'HTTP/1.1  200  OK',
  'with a tab': () => 'HTTP/1.1\t200\tOK',
  'in lower case': () => 'http/1.1 200 ok',
  'of HTTP/1.0': () => 'HTTP/1.0 200 OK',
  'of HTTP/1.2': () => 'HTTP/1.2 200 OK',
  'of HTTP/2': () => 'HTTP/2 200 OK',
  'without a version': () => 'HTTP 200 OK',
  'of ICY': () => 'ICY 200 OK',
  glued: () => 'HTTP/1.1 200OK',
  'with a space before it': (text) => ` ${text}`,
  'behind an interim response': (text) => `HTTP/1.1 100 Continue\r\n\r\n${text}`,
  'behind an empty line': (text) => `\r\n${text}`,
  'of another success': () => 'HTTP/1.1 203 Non-Authoritative Information',
  'of partial content': () => 'HTTP/1.1 206 Partial Content',
};

const value = (text: string): string => text.slice(text.indexOf(':') + 2);
const nameOf = (text: string): string => text.slice(0, text.indexOf(':'));

const HEADERS: Changes = Object.fromEntries(
  Object.entries<(name: string, value: string) => string>({
    'has no colon': (name, value) => `${name} ${value}`,
    'has no name': (_, value) => `: ${value}`,
    'has no value': (name) => `${name}:`,
    'has a space before the colon': (name, value) => `${name} : ${value}`,
    'has no space behind the colon': (name, value) => `${name}:${value}`,
    'has a tab behind the colon': (name, value) => `${name}:\t${value}`,
    'has spaces at its end': (name, value) => `${name}: ${value}   `,
    'begins with a space': (name, value) => ` ${name}: ${value}`,
    'is in upper case': (name, value) => `${name.toUpperCase()}: ${value}`,
    'is in lower case': (name, value) => `${name.toLowerCase()}: ${value}`,
    'has an equals sign': (name, value) => `${name}=${value}`,
    'has two colons': (name, value) => `${name}:: ${value}`,
    'has a space in its name': (name, value) => `${name.replace('-', ' ')}: ${value}`,
    'has a control character': (name, value) => `${name}: ${value}\x01`,
    'has a zero byte': (name, value) => `${name}: ${value}\0`,
    'has letters outside of ASCII': (name, value) => `${name}: ${value}\xe4\xff`,
    'is continued on the next line': (name, value) => `${name}:\r\n ${value}`,
    'is 20,000 characters long': (name, value) => `${name}: ${value};${'x'.repeat(20_000)}`,
    'is in quotes': (name, value) => `${name}: "${value}"`,
    'stands behind a date': (name, value) => `Thu, 26 Nov 2026 12:00:00 GMT\r\n${name}: ${value}`,
    'stands behind a word': (name, value) => `GoaHead\r\n${name}: ${value}`,
    'stands behind two hundred others': (name, value) =>
      `${Array.from({ length: 200 }, (_, at) => `X-${at}: y\r\n`).join('')}${name}: ${value}`,
    'stands behind itself with no value': (name, value) => `${name}:\r\n${name}: ${value}`,
  }).map(([fault, change]) => [fault, (text: string) => change(nameOf(text), value(text))]),
);

/** `n` is the right length. */
const LENGTHS: Changes = Object.fromEntries(
  Object.entries<(n: number) => string | number>({
    'is -1': () => -1,
    'is 0': () => 0,
    'is 1': () => 1,
    'is empty': () => '',
    'is a word': () => 'unknown',
    'is one too large': (n) => n + 1,
    'is two too large': (n) => n + 2,
    'is 48 too large': (n) => n + 48,
    'is 100,000 too large': (n) => n + 100_000,
    'is twice as large': (n) => 2 * n,
    'is one too small': (n) => n - 1,
    'is two too small': (n) => n - 2,
    'is 100 too small': (n) => n - 100,
    'is half as large': (n) => n >> 1,
    'is 2^31 - 1': () => 2 ** 31 - 1,
    'is beyond 2^64': () => '99999999999999999999999',
    'has a plus sign': (n) => `+${n}`,
    'has zeros before it': (n) => `000${n}`,
    'has a unit': (n) => `${n} bytes`,
    'is a fraction': (n) => `${n}.0`,
    'is hexadecimal': (n) => n.toString(16),
    'is hexadecimal with 0x': (n) => `0x${n.toString(16)}`,
    'is given as a list': (n) => `${n}, ${n}`,
    'is given twice, one wrong': (n) => `${n}\r\nContent-Length: ${n + 1000}`,
    'stands together with chunks': (n) => `${n}\r\nTransfer-Encoding: identity`,
  }).map(([fault, make]) => [fault, (text: string) => `${nameOf(text)}: ${make(Number(value(text)))}`]),
);

const BOUNDARIES: Changes = {
  'with quotes': (text) => text.replace(/=(.*)/, '="$1"'),
  'with one quote': (text) => text.replace('=', '="'),
  'with single quotes': (text) => text.replace(/=(.*)/, "='$1'"),
  'without its parameter': (text) => text.replace(/;.*/, ''),
  'with an empty parameter': (text) => text.replace(/=.*/, '='),
  'with another boundary': (text) => text.replace(/=.*/, '=ipcamera'),
  'with a shorter boundary': (text) => text.slice(0, -2),
  'with a longer boundary': (text) => `${text}xyz`,
  'with a boundary in upper case': (text) => text.replace(/=.*/, (found) => found.toUpperCase()),
  'with a colon': (text) => text.replace('=', ':'),
  'with spaces around the equals sign': (text) => text.replace('=', ' = '),
  'with a space behind the semicolon': (text) => text.replace(';', '; '),
  'with a comma': (text) => text.replace(';', ','),
  'with dashes before it': (text) => text.replace('=', '=--'),
  'without dashes before it': (text) => text.replace(/=-*/, '='),
  'with a semicolon behind it': (text) => `${text};`,
  'with another parameter before it': (text) => text.replace(';', ';charset=utf-8;'),
  'of another kind of multipart': (text) => text.replace('x-mixed-replace', 'mixed'),
};

const CODINGS: Changes = {
  'in upper case': () => 'Transfer-Encoding: CHUNKED',
  'with identity': () => 'Transfer-Encoding: identity, chunked',
  'with a length': () => 'Transfer-Encoding: chunked\r\nContent-Length: 100',
  'of an unknown kind': () => 'Transfer-Encoding: packed',
};

const TYPES: Changes = Object.fromEntries(
  [
    'image/jpg',
    'image/pjpeg',
    'jpeg',
    'text/plain',
    'text/html',
    'application/octet-stream',
    'video/x-motion-jpeg',
  ].map((type) => [`of ${type}`, (text: string) => text.replace(/: [^;]*/, `: ${type}`)]),
);

const DELIMITERS: Changes = {
  'without dashes': (text) => text.replace(/^-+/, ''),
  'with one dash': (text) => text.replace(/^-+/, '-'),
  'with two dashes more': (text) => `--${text}`,
  'with two dashes at its end': (text) => `${text}--`,
  'with one letter less': (text) => text.slice(0, -1),
  'with one letter more': (text) => `${text}x`,
  'in upper case': (text) => text.toUpperCase(),
  'with a space before it': (text) => ` ${text}`,
  'with a space behind its dashes': (text) => text.replace('--', '-- '),
  'with a parameter': (text) => `${text}; x=1`,
  'behind an empty line': (text) => `\r\n${text}`,
  'behind a line of text': (text) => `ok\r\n${text}`,
  'with an empty delimiter before it': (text) => `--\r\n${text}`,
  'of another name': () => '--ThisRandomString',
};

/** A chunk with its size line. */
export type Chunk = (size: number, data: Buffer, isLast: boolean) => Buffer;
export const properChunk: Chunk = (size, data) => join(`${size.toString(16)}\r\n`, data, '\r\n');
const sized =
  (text: (size: number) => string): Chunk =>
  (size, data) =>
    join(`${text(size)}\r\n`, data, '\r\n');

export const CHUNK_FAULTS: Readonly<Record<string, Chunk>> = {
  'the size is in upper case': sized((size) => size.toString(16).toUpperCase()),
  'the size has zeros before it': sized((size) => size.toString(16).padStart(8, '0')),
  'the size has 0x before it': sized((size) => `0x${size.toString(16)}`),
  'the size has a space before it': sized((size) => ` ${size.toString(16)}`),
  'the size has spaces behind it': sized((size) => `${size.toString(16)}    `),
  'the size has an extension': sized((size) => `${size.toString(16)};name=value`),
  'the size is decimal': sized(String),
  'the size is one too small': (size, data) => join(`${Math.max(0, size - 1).toString(16)}\r\n`, data, '\r\n'),
  'the size is one too large': (size, data, isLast) =>
    join(`${(isLast ? 0 : size + 1).toString(16)}\r\n`, data, '\r\n'),
  'the size is negative': sized((size) => `-${size.toString(16)}`),
  'the size is empty': sized(() => ''),
  'the size is a word': sized(() => 'size'),
  'the size is beyond 2^64': sized((size) => `f${size.toString(16).padStart(20, '0')}`),
  'the size ends with LF': (size, data) => join(`${size.toString(16)}\n`, data, '\r\n'),
  'the data ends with LF': (size, data) => join(`${size.toString(16)}\r\n`, data, '\n'),
  'the data has no end': (size, data) => join(`${size.toString(16)}\r\n`, data),
  'the data has two ends': (size, data) => join(`${size.toString(16)}\r\n`, data, '\r\n\r\n'),
  'an empty line stands before the size': (size, data) => join(`\r\n${size.toString(16)}\r\n`, data, '\r\n'),
  'the last one is left out': (size, data, isLast) => (isLast ? Buffer.alloc(0) : properChunk(size, data, isLast)),
  'the last one has a trailer': (size, data, isLast) =>
    isLast ? join('0\r\nX-T: 1\r\n\r\n') : properChunk(size, data, isLast),
  'it is cut into chunks of 7 bytes': (size, data, isLast) =>
    isLast
      ? properChunk(size, data, isLast)
      : join(
          ...Array.from({ length: Math.ceil(size / 7) }, (_, at) => {
            const piece = data.subarray(at * 7, at * 7 + 7);
            return properChunk(piece.length, piece, false);
          }),
        ),
};
