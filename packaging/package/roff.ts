// Writes manual pages: man(7) macros from titles, paragraphs and lists of terms. Pure.

export interface Section {
  readonly title: string;
  readonly body: readonly Block[];
}

export type Block =
  | { readonly is: 'text'; readonly text: string }
  /** Shown without changes and without filled lines. */
  | { readonly is: 'verbatim'; readonly text: string }
  | { readonly is: 'heading'; readonly text: string }
  /** A term in bold, `beside` in roman, and its explanation below. */
  | { readonly is: 'term'; readonly term: string; readonly beside?: string; readonly text: string };

export interface Page {
  readonly name: string;
  /** 1 for commands, 5 for file formats. */
  readonly section: 1 | 5;
  readonly summary: string;
  readonly version: string;
  /** "2026-11-26". */
  readonly date: string;
  readonly sections: readonly Section[];
}

export function manualPage({ name, section, summary, version, date, sections }: Page): string {
  const all: readonly Section[] = [{ title: 'NAME', body: [text(`${name} - ${summary}`)] }, ...sections];
  return [
    `.TH ${quoted(name.toUpperCase())} ${section} ${date} ${quoted(`camd ${version}`)}`,
    // No hyphenation and ragged lines, so that options can be searched.
    '.nh',
    '.ad l',
    ...all.flatMap(({ title, body }) => [`.SH ${quoted(title)}`, ...body.flatMap(block)]),
    '',
  ].join('\n');
}

export const text = (value: string): Block => ({ is: 'text', text: value });

function block(part: Block): string[] {
  switch (part.is) {
    case 'text':
      return ['.PP', ...filled(part.text)];
    case 'heading':
      return [`.SS ${quoted(part.text)}`];
    case 'verbatim':
      return ['.PP', '.RS 4', '.nf', ...part.text.trimEnd().split('\n').map(line), '.fi', '.RE'];
    case 'term':
      return [
        '.TP',
        `\\fB${escaped(part.term)}\\fR${part.beside ? `  ${breakable(escaped(part.beside))}` : ''}`,
        ...filled(part.text),
      ];
  }
}

const filled = (value: string): string[] => value.split('\n').map((part) => line(part.trim()));

/** A word with at least this many characters may be broken after a slash or a comma. */
const LONG_WORD = 40;
const breakable = (value: string): string =>
  value.replace(/\S+/g, (word) => (word.length < LONG_WORD ? word : word.replace(/[/,|]/g, '$&\\:')));

/** Escapes a line that begins with a dot or an apostrophe, because it would be a request. */
function line(value: string): string {
  const safe = breakable(escaped(value));
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

const escaped = (value: string): string =>
  value.replace(/\\/g, '\\e').replace(/-/g, '\\-').replace(/'/g, '\\(aq').replace(/`/g, '');

const quoted = (value: string): string => `"${escaped(value).replace(/"/g, '""')}"`;
