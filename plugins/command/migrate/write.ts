// Writes a draft as a profile: YAML with comments that say what to set and what was not carried over. Pure.

import type { Draft, DraftNode, Options, Value } from './draft.ts';

/** Words that YAML reads as something else than a text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const WIDTH = 110;

/** `from`: what it was made of, such as "crowsnest.conf". */
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

/** One line, whatever the text. */
const comment = (text: string): string =>
  `# ${text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')}`.trimEnd();

const escaped = (text: string): string => text.replaceAll('${', () => '$${');

function nodeText({ id, use, options, comment: words }: DraftNode): string {
  const lines = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [`    ${keyText(key)}: ${flow(value)}`],
  );
  const above = words === undefined ? [] : [`  ${comment(words)}`];
  const short = `  ${scalar(id)}: { use: ${use}${lines.map((line) => `, ${line.trim()}`).join('')} }`;
  if (short.length <= WIDTH && lines.length <= 4) return [...above, short].join('\n');
  return [...above, `  ${scalar(id)}:`, `    use: ${use}`, ...lines].join('\n');
}

function flow(value: Value): string {
  if (typeof value === 'string') return scalar(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  const entries = Object.entries(value as Options).flatMap(([key, one]) =>
    one === undefined ? [] : [`${keyText(key)}: ${flow(one)}`],
  );
  return `{ ${entries.join(', ')} }`;
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** JSON strings are YAML, so that no text can be anything but a text; what an editor would not show is escaped. */
function scalar(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  return JSON.stringify(text).replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** "on" is a text in YAML 1.2, and the name of an option here. */
const keyText = (key: string): string => (key === 'on' ? key : scalar(key));
