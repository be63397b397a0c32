// Joins camd's own answers to a batch with those of Moonraker, so that a visitor gets one array (JSON-RPC 2.0 §6).

import type { Verdict } from './json-rpc-filter.ts';

/** Batches whose answers are waited for; camd's own answers to a further one are sent by themselves. */
export const MAX_OPEN_BATCHES = 64;

export interface Batches {
  /** What to send now; the answers of a batch may be held until Moonraker's have come. */
  asked(verdict: Verdict): Verdict;
  /** A text of Moonraker's for the visitor. */
  answered(text: string): string;
}

export function createBatches(): Batches {
  const open: { readonly ids: ReadonlySet<unknown>; readonly answers: readonly unknown[] }[] = [];
  return {
    asked(verdict) {
      const { forward, answer } = verdict;
      if (forward === undefined || answer === undefined || !forward.startsWith('[')) return verdict;
      const ids = new Set(idsIn(JSON.parse(forward)));
      // Calls without an id are never answered: there is nothing to wait for.
      if (ids.size === 0 || open.length >= MAX_OPEN_BATCHES) return verdict;
      const answers: unknown = JSON.parse(answer);
      open.push({ ids, answers: Array.isArray(answers) ? answers : [answers] });
      return { forward, refused: verdict.refused };
    },
    answered(text) {
      if (open.length === 0 || !text.startsWith('[')) return text;
      const theirs: unknown = JSON.parse(text);
      if (!Array.isArray(theirs)) return text;
      const ids = idsIn(theirs);
      const at = open.findIndex((batch) => ids.some((id) => batch.ids.has(id)));
      const [batch] = at < 0 ? [] : open.splice(at, 1);
      return batch ? JSON.stringify([...theirs, ...batch.answers]) : text;
    },
  };
}

const idsIn = (calls: unknown): unknown[] =>
  (Array.isArray(calls) ? calls : []).flatMap((call: unknown) =>
    typeof call === 'object' && call !== null && 'id' in call && call.id !== null ? [call.id] : [],
  );
