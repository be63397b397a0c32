// Gives nodes access to the profile: a change is checked in memory, saved and reloaded, and undone if the reload is refused.

import type { Problem } from '../../../core/contract/problems.ts';
import type {
  ChangeOptions,
  ChangeRefusal,
  FileChange,
  ProfileAccess,
  ProfileChange,
  ProfileEdit,
} from '../../../core/contract/profile.ts';
import type { EditingContext } from '../../../core/daemon/editing.ts';
import type { Profile, Reading } from '../../../core/profile/profile.ts';
import { type Committer, revisionOf, type Texts, textsOf } from './commit.ts';
import { describe, editableNode, forbidden } from './forbidden.ts';
import { editText, MAX_EDITS } from './text/edit.ts';
import { translate } from './translate.ts';

export interface ProfileAccessOptions extends Pick<EditingContext, 'running' | 'preview' | 'reload' | 'log'> {
  readonly committer: Committer;
}

export function createProfileAccess(
  options: ProfileAccessOptions,
): (allowed: () => readonly string[]) => ProfileAccess {
  const changeNow = async (
    edits: readonly ProfileEdit[],
    change: ChangeOptions,
    allowed: readonly string[],
  ): Promise<ProfileChange> => {
    const running = options.running();
    if (!running) return refused('failed', 'No profile runs yet.');
    const { profile, catalog } = running;
    const before = await textsOf(profile);
    const fence = edits.map((edit) => forbidden(edit, profile, catalog, allowed)).find((why) => why !== undefined);
    if (fence !== undefined) return refused('forbidden', fence);
    const edited = editAll(edits, profile, before);
    if (typeof edited === 'string') return refused('impossible', edited);
    const reading = await options.preview(edited);
    const files = changes(before, edited, await options.preview(before), reading);
    if (revisionOf(before) !== change.revision) {
      return refused('stale', 'The profile has changed since this page was loaded; load it again.', files);
    }
    const errors = reading.problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      return refused('invalid', errors[0]?.message ?? 'The profile would be invalid.', files, errors);
    }
    const done: ProfileChange = { ok: true, revision: revisionOf(edited), files };
    return change.preview || files.length === 0 ? done : apply(before, edited, done, edits, change.by);
  };

  const apply = async (
    before: Texts,
    after: Texts,
    done: ProfileChange,
    edits: readonly ProfileEdit[],
    by: string,
  ): Promise<ProfileChange> => {
    const committed = await options.committer.commit(before, after, () => options.reload(by));
    if (!committed.ok) return refused(committed.reason, committed.message, done.files);
    options.log.info('profile changed', { by, files: committed.files, edits: edits.map(describe) });
    return done;
  };

  return (allowed) => ({
    async read() {
      const running = options.running();
      if (!running) return { revision: '', nodes: [] };
      const { profile, catalog } = running;
      const nodes = allowed().flatMap((id) => profile.nodes.get(id) ?? []);
      return {
        revision: revisionOf(await textsOf(profile)),
        nodes: nodes.map((spec) => editableNode(spec, catalog, profile.nodes)),
      };
    },
    change(edits, change) {
      if (edits.length > MAX_EDITS) return Promise.resolve(refused('forbidden', `At most ${MAX_EDITS} edits at once.`));
      const result = options.committer.alone(() => changeNow(edits, change, allowed()));
      if (!result) return Promise.resolve(refused('failed', 'Too many changes at once; try again.'));
      return result.catch((thrown: unknown) =>
        refused('failed', thrown instanceof Error ? thrown.message : String(thrown)),
      );
    },
  });
}

function editAll(edits: readonly ProfileEdit[], profile: Profile, texts: Texts): Texts | string {
  const edited = new Map(texts);
  for (const edit of edits) {
    const parts = translate(edit, profile, edited);
    const like = edit.is === 'unset' ? profile.nodes.get(edit.node)?.like : undefined;
    if (edit.is === 'unset' && parts.length === 0 && like !== undefined) {
      return `"${edit.option}" of "${edit.node}" comes from the template "${like}"; give the node another value, or edit the template.`;
    }
    for (const { file, edit: part } of parts) {
      const result = editText(edited.get(file) ?? '', [part]);
      if (!result.ok) return `${file}: ${result.message}`;
      edited.set(file, result.text);
    }
  }
  return edited;
}

/** Secrets of each version are masked. */
function changes(before: Texts, after: Texts, old: Reading, next: Reading): FileChange[] {
  const shownBefore = old.masked();
  const shownAfter = next.masked();
  return [...after].flatMap(([path, text]) => {
    if (before.get(path) === text) return [];
    return [{ path, before: shownBefore.get(path) ?? '', after: shownAfter.get(path) ?? '' }];
  });
}

const refused = (
  reason: ChangeRefusal,
  message: string,
  files: readonly FileChange[] = [],
  problems: readonly Problem[] = [],
): ProfileChange => ({ ok: false, reason, message, files, problems });
