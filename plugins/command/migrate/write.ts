// Writes a draft as a profile: YAML with comments about variables to set and settings that were not carried over. Pure.

import type { Draft, DraftNode, Options, Value } from './draft.ts';

/** Words that YAML does not read as text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const WIDTH = 110;

/** `from`: names of the original files, such as "crowsnest.conf". */
export function writeProfile(draft: Draft, from: string, advice: readonly string[]): string {
  const { names, secrets, notes } = draft;
  const width = Math.max(0, ...secrets.map(({ variable }) => variable.length));
  const header = [
    `Made by "camd migrate" from ${from}.`,
    ...(advice.length > 0 ? ['', ...advice] : []),
    ...(secrets.length > 0
      ? ['', 'Set these variables before camd starts (or write ${file:/path} or ${cred:NAME} instead):']
      : []),
    ...secrets.map(({ variable, what }) => `  ${variable.padEnd(width)}  ${what}`),
    ...(notes.length > 0 ? ['', 'Not carried over:'] : []),
    ...notes.map((note) => `  - ${note}`),
  ];
  const cameras = [...names].map(([camera, name]) => `  ${scalar(camera)}: ${scalar(escaped(name))}`);
  return [
    ...header.map(comment),
    'camd: 1',
    '',
    ...(cameras.length > 0 ? ['cameras:', ...cameras, ''] : []),
    'pipeline:',
    draft.nodes.map(nodeText).join('\n\n'),
    '',
  ].join('\n');
}

/** Always a single line. */
const comment = (text: string): string =>
  `# ${text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')}`.trimEnd();

const escaped = (text: string): string => text.replaceAll('${', () => '$${');

function nodeText({ id, use, options, comment: note }: DraftNode): string {
  const lines = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [`    ${keyText(key)}: ${flow(value)}`],
  );
  const above = note === undefined ? [] : [`  ${comment(note)}`];
  const short = `  ${scalar(id)}: { use: ${use}${lines.map((line) => `, ${line.trim()}`).join('')} }`;
  if (short.length <= WIDTH && lines.length <= 4) return [...above, short].join('\n');
  return [...above, `  ${scalar(id)}:`, `    use: ${use}`, ...lines].join('\n');
}

function flow(value: Value): string {
  if (typeof value === 'string') return scalar(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  const entries = Object.entries(value as Options).flatMap(([key, entry]) =>
    entry === undefined ? [] : [`${keyText(key)}: ${flow(entry)}`],
  );
  return `{ ${entries.join(', ')} }`;
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** JSON strings are valid YAML and always read as text; invisible characters are escaped. */
function scalar(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  return JSON.stringify(text).replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** "on" is a text in YAML 1.2, and here the name of an option. */
const keyText = (key: string): string => (key === 'on' ? key : scalar(key));
