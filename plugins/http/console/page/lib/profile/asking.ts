// Requests completions and documentation for a position of a text from the daemon, with one request for both.

import type { CompletionResult } from '@codemirror/autocomplete';
import type { CompleteAt, CompletionItem, Completions } from '../../../api.ts';
import type { Api } from '../api.ts';
import type { Explained } from './editor.ts';

export interface Asking {
  complete(path: string, text: string, at: number): Promise<CompletionResult | null>;
  explain(path: string, text: string, at: number): Promise<Explained | undefined>;
  /** Never rejects; undefined without an answer. */
  here(path: string, text: string, at: number): Promise<Completions['here']>;
}

/** The list of completions stays open while these characters are typed. */
const WORD = /^[\w./-]*$/;
const TYPES: Readonly<Record<CompletionItem['is'], string>> = {
  key: 'property',
  value: 'enum',
  node: 'variable',
  plugin: 'class',
  variable: 'constant',
};

export function createAsking(api: Api): Asking {
  let last: { readonly question: CompleteAt; readonly answer: Promise<Completions | undefined> } | undefined;
  const ask = (path: string, text: string, offset: number): Promise<Completions | undefined> => {
    if (last && last.question.path === path && last.question.offset === offset && last.question.text === text)
      return last.answer;
    const question: CompleteAt = { path, text, offset };
    const answer = api.post<Completions>('profile/complete', question).catch(() => undefined);
    last = { question, answer };
    return answer;
  };
  return {
    async complete(path, text, at) {
      const found = await ask(path, text, at);
      if (!found || found.items.length === 0) return null;
      return {
        from: found.from,
        to: found.to,
        validFor: WORD,
        options: found.items.map(({ label, is, detail, documentation, insert }, index) => ({
          label,
          type: TYPES[is],
          // Keeps the daemon's order.
          sortText: String(index).padStart(4, '0'),
          ...(detail === undefined ? {} : { detail }),
          ...(documentation === undefined ? {} : { info: documentation }),
          ...(insert === undefined ? {} : { apply: insert }),
        })),
      };
    },
    async explain(path, text, at) {
      const here = (await ask(path, text, at))?.here;
      return (
        here && { from: here.from, to: here.to, text: here.title === '' ? here.text : `${here.title}\n${here.text}` }
      );
    },
    async here(path, text, at) {
      return (await ask(path, text, at))?.here;
    },
  };
}
