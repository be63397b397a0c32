// Advice about a parser that does not fit how a source receives its bytes. Pure.

import type { Finding } from '../../../core/contract/plugin.ts';

/** As in a profile: the name of a parser, or a map with `use`. */
export type Parse = string | { readonly use?: unknown };

const nameOf = (parse: Parse): string => String(typeof parse === 'string' ? parse : parse.use).replace(/^parse\//, '');

/** Parsers that wait for the end of the bytes, or stop after the first picture. */
const ONE_PICTURE: ReadonlySet<string> = new Set(['still', 'image', 'payload']);

/** For an endless stream of bytes. `instead`: the end of the sentence, which says what to write. */
export function checkStreamParse(parse: Parse, instead: string): Finding[] {
  const name = nameOf(parse);
  if (!ONE_PICTURE.has(name)) return [];
  return advice(`parse: "${name}" reads a single picture, but this is a stream of them; ${instead}.`);
}

/** For a message or an answer that contains one picture. */
export function checkMessageParse(parse: Parse, instead: string): Finding[] {
  const name = nameOf(parse);
  if (name !== 'multipart') return [];
  return advice(`parse: "multipart" reads the stream of a camera, but this takes single pictures; ${instead}.`);
}

const advice = (message: string): Finding[] => [{ option: 'parse', code: 'advice', severity: 'warning', message }];
