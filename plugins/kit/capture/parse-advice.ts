// Advice for a parser that does not fit the way in which a source gets its bytes. Pure.

import type { Finding } from '../../../core/contract/plugin.ts';

/** As in a profile: the name of a parser, or a map with `use`. */
export type Parse = string | { readonly use?: unknown };

const nameOf = (parse: Parse): string => String(typeof parse === 'string' ? parse : parse.use).replace(/^parse\//, '');

/** These wait for the end of the bytes, or read nothing after the first picture. */
const ONE_PICTURE: ReadonlySet<string> = new Set(['still', 'image', 'payload']);

/** For bytes that go on and on. `instead`: what to write, as the end of the sentence. */
export function checkStreamParse(parse: Parse, instead: string): Finding[] {
  const name = nameOf(parse);
  if (!ONE_PICTURE.has(name)) return [];
  return advice(`parse: "${name}" reads a single picture, but this is a stream of them; ${instead}.`);
}

/** For a message or an answer that is one picture. */
export function checkMessageParse(parse: Parse, instead: string): Finding[] {
  const name = nameOf(parse);
  if (name !== 'multipart') return [];
  return advice(`parse: "multipart" reads the stream of a camera, but this takes single pictures; ${instead}.`);
}

const advice = (message: string): Finding[] => [{ option: 'parse', code: 'advice', severity: 'warning', message }];
