// Saves changed texts of a profile, one change at a time, reloads, and restores the old texts if the reload is refused.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Profile } from '../../../core/profile/profile.ts';
import { saveText } from './save.ts';

/** Changes that wait for the current one; more are refused. */
export const MAX_WAITING_CHANGES = 8;

/** By absolute path: the profile first, then its includes. */
export type Texts = ReadonlyMap<string, string>;

export type Committed<Result> =
  | { readonly ok: true; readonly files: readonly string[]; readonly reload: Result }
  | {
      readonly ok: false;
      readonly reason: 'stale' | 'read-only' | 'failed' | 'not-applied';
      readonly message: string;
      readonly reload?: Result;
    };

export interface Committer {
  /** Runs work on the files without any other change of camd at the same time; undefined if too much work is waiting. */
  alone<T>(work: () => Promise<T>): Promise<T> | undefined;
  /** Call it within `alone`. Only files that differ are written. */
  commit<Result extends { readonly ok: boolean; readonly why?: string }>(
    before: Texts,
    after: Texts,
    reload: () => Promise<Result>,
  ): Promise<Committed<Result>>;
}

export function createCommitter(): Committer {
  let working: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    alone(work) {
      if (waiting >= MAX_WAITING_CHANGES) return undefined;
      waiting++;
      const result = working.then(work);
      working = result
        .catch(() => {})
        .finally(() => {
          waiting--;
        });
      return result;
    },
    async commit(before, after, reload) {
      const touched = [...after.keys()].filter((path) => after.get(path) !== before.get(path));
      const saved: string[] = [];
      const putBack = async (): Promise<void> => {
        for (const path of saved)
          await saveText(path, before.get(path) ?? '', { expected: after.get(path) ?? '', backup: false });
      };
      for (const path of touched) {
        const result = await saveText(path, after.get(path) ?? '', { expected: before.get(path) ?? '' });
        if (!result.ok) {
          await putBack();
          const reason = result.fault === 'changed' ? 'stale' : result.fault;
          return { ok: false, reason, message: result.message };
        }
        saved.push(path);
      }
      const reloaded = await reload();
      if (reloaded.ok) return { ok: true, files: touched, reload: reloaded };
      await putBack();
      const message = reloaded.why ?? 'The new profile could not be started.';
      return { ok: false, reason: 'not-applied', message, reload: reloaded };
    },
  };
}

/** The current texts of the YAML files on the disk. */
export async function textsOf(profile: Profile): Promise<Texts> {
  return new Map(await Promise.all(profile.texts.map(async (path) => [path, await readFile(path, 'utf8')] as const)));
}

export function revisionOf(texts: Texts): string {
  const hash = createHash('sha256');
  for (const [path, text] of texts) hash.update(`${path}\0${text.length}\0${text}`);
  return hash.digest('hex');
}
