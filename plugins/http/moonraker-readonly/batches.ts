// Joins camd's own answers to a batch with those of Moonraker, so that a visitor gets one array (JSON-RPC 2.0 §6).

import type { Verdict } from './json-rpc-filter.ts';

/** Most batches that wait for Moonraker's answers; camd's own answers to a further batch are sent separately. */
export const MAX_OPEN_BATCHES = 64;

export interface Batches {
  /** Returns the parts to send now. Answers of a batch may wait for those of Moonraker. */
  asked(verdict: Verdict): Verdict;
  /** Adds waiting answers to a text of Moonraker for the visitor. */
  answered(text: string): string;
}

export function createBatches(): Batches {
  const open: { readonly ids: ReadonlySet<unknown>; readonly answers: readonly unknown[] }[] = [];
  return {
    asked(verdict) {
      const { forward, answer } = verdict;
      if (forward === undefined || answer === undefined || !forward.startsWith('[')) return verdict;
      const ids = new Set(idsIn(JSON.parse(forward)));
      // Calls without an id get no answers, so there is nothing to wait for.
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
