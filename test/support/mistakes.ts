// The mistakes of docs/mistakes.md: a wrong text, and the one sentence of camd about it.

import { readFileSync } from 'node:fs';
import { builtinCatalog } from './catalog.ts';
import { readText } from './reading.ts';

export interface Mistake {
  readonly text: string;
  readonly said: readonly string[];
}

const page = () => readFileSync(new URL('../../docs/mistakes.md', import.meta.url), 'utf8');

/** The nodes around a mistake, except those that the mistake contains itself. */
const AROUND: readonly string[] = [
  '  door: { use: source/http-stream, url: http://192.168.1.20/stream }',
  '  latest: { use: cache/latest, from: door }',
  '  web: { use: http/server }',
  '  stream: { use: http/stream, on: web, from: latest, path: "/{camera}/stream.mjpg" }',
];

const idOf = (line: string): string | undefined => /^ {1,3}"?([\w-]+)/.exec(line)?.[1];

/** Every mistake of the page, in order. */
export function mistakes(): Mistake[] {
  return [...page().matchAll(/^```yaml\n(.*?)^```\n\n((?:> [^\n]*\n)+)/gms)].map(([, text = '', said = '']) => ({
    text: text.trimEnd(),
    said: said
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(2)),
  }));
}

/** camd's messages, as "`line:column` message", counted from the mistake's first line. A text without indentation is a whole profile. */
export async function readMistake(text: string): Promise<string[]> {
  const whole = /^(camd|pipeline|include|vars|version)/.test(text);
  const own = text.split('\n').map(idOf);
  const before = whole ? [] : ['camd: 1', 'pipeline:', ...AROUND.filter((line) => !own.includes(idOf(line)))];
  const reading = await readText([...before, text, ''].join('\n'), { catalog: builtinCatalog() });
  return reading.problems.map(({ place, message }) => `\`${place.line - before.length}:${place.column}\` ${message}`);
}
