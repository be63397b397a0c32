// Loads the profile editing when a node first needs it. A failed load fails only that call; the next call tries again.

import type { AppliedCandidate } from '../contract/kernel.ts';
import { environment, sentence } from '../contract/problems.ts';
import type { ProfileChange } from '../contract/profile.ts';
import type { Editing, EditingContext, EditingModule } from './editing.ts';

export function loadEditing(module: EditingModule, context: EditingContext): Editing {
  let loading: Promise<Editing> | undefined;
  const load = async (): Promise<Editing> => {
    try {
      const { createEditing } = await module();
      return createEditing(context);
    } catch (thrown) {
      loading = undefined;
      throw environment('no-editing', `the profile editing cannot be loaded: ${sentence(thrown)}`, thrown);
    }
  };
  const editing = (): Promise<Editing> => {
    loading ??= load();
    return loading;
  };
  /** For calls that never reject. */
  const orFailed = async <Result>(
    call: (loaded: Editing) => Promise<Result>,
    failed: (message: string) => Result,
  ): Promise<Result> => {
    const loaded = await editing().catch(sentence);
    return typeof loaded === 'string' ? failed(loaded) : call(loaded);
  };
  const notApplied = (message: string): AppliedCandidate => ({ ...FAILED, message, fenced: [], problems: [] });
  const notChanged = (message: string): ProfileChange => ({ ...FAILED, message, files: [], problems: [] });

  return {
    kernel: {
      options: async (node) => (await editing()).kernel.options(node),
      texts: async () => (await editing()).kernel.texts(),
      check: async (texts) => (await editing()).kernel.check(texts),
      apply: (texts, how) => orFailed(({ kernel }) => kernel.apply(texts, how), notApplied),
      keep: async () => (await editing()).kernel.keep(),
      conceal: async (texts) => (await editing()).kernel.conceal(texts),
      checkKept: async (texts) => (await editing()).kernel.checkKept(texts),
      applyKept: (texts, how) => orFailed(({ kernel }) => kernel.applyKept(texts, how), notApplied),
      insert: async (text, node, value) => (await editing()).kernel.insert(text, node, value),
      try: async (value, options) => (await editing()).kernel.try(value, options),
    },
    access: (allowed) => ({
      read: async () => (await editing()).access(allowed).read(),
      change: (edits, options) => orFailed(({ access }) => access(allowed).change(edits, options), notChanged),
    }),
  };
}

const FAILED = { ok: false, reason: 'failed' } as const;
