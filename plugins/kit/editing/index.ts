// Edits the profile of a running daemon: reads its texts, checks candidates, saves and reloads, and tries nodes. Passed in by core/main.ts.

import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { environment } from '../../../core/contract/problems.ts';
import type { Editing, EditingContext } from '../../../core/daemon/editing.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { createProfileAccess } from './access.ts';
import { createCandidates } from './candidate.ts';
import { createCommitter, revisionOf, textsOf } from './commit.ts';
import { optionLines } from './option-lines.ts';
import { editText } from './text/edit.ts';
import type { PlainValue } from './text/edits.ts';
import { createTokens } from './tokens.ts';
import { createTrier } from './try-node.ts';

export function createEditing(context: EditingContext): Editing {
  const { running, preview, plan, reload, runner, clock, log, stateFolder } = context;
  const committer = createCommitter();
  const candidates = createCandidates({
    running,
    preview,
    plan,
    reload,
    committer,
    tokens: createTokens(),
    stateFolder,
  });
  const profile = (): Profile => {
    const now = running();
    if (!now) throw environment('not-running', 'no profile runs yet');
    return now.profile;
  };

  return {
    kernel: {
      options: async (id) => optionLines(await preview(new Map()), id),
      async texts() {
        const texts = await textsOf(profile());
        const shown = await candidates.shown(texts);
        const files = [...shown].map(async ([path, text]) => ({ path, text, writable: await isWritable(path) }));
        return { revision: revisionOf(texts), files: await Promise.all(files) };
      },
      check: candidates.check,
      apply: candidates.apply,
      checkKept: candidates.checkKept,
      applyKept: candidates.applyKept,
      keep: async () => textsOf(profile()),
      conceal: candidates.shown,
      async insert(text, node, value) {
        const edit = { is: 'insert', path: ['pipeline', node], value: value as PlainValue } as const;
        const result = editText(text, [edit]);
        return result.ok ? result.text : undefined;
      },
      try: createTrier({
        clock,
        preview: (text) => preview(new Map([[running()?.profile.file ?? '', text]])),
        runner,
        stateFolder,
      }),
    },
    access: createProfileAccess({ running, preview, reload, committer, log }),
  };
}

/** By permissions alone; camd replaces the file, so the permissions of its folder count. */
async function isWritable(path: string): Promise<boolean> {
  try {
    await access(dirname(await realpath(path)), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
