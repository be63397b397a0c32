// The user's drafts in addition to the texts of the files. Its state is private, without other side effects.

import type { ProfileFile, ProfileTexts } from '../../../api.ts';
import { premerge } from './premerge.ts';

export interface Drafts {
  /** Discards all drafts. */
  load(texts: ProfileTexts): void;
  /**
   * `sent` was written to the files, and `texts` were read afterwards; later input stays a draft. False if the files were also changed
   * between the two, in lines that the draft has changed as well.
   */
  applied(texts: ProfileTexts, sent: readonly Sent[]): boolean;
  /** Merges changes of the files into the drafts. False if both sides have changed the same part. */
  merge(texts: ProfileTexts): boolean;
  revision(): string;
  file(path: string): ProfileFile | undefined;
  text(path: string): string;
  set(path: string, text: string): void;
  readonly isChanged: (path: string) => boolean;
  changed(): Sent[];
}

export interface Sent {
  readonly path: string;
  readonly text: string;
}

export function createDrafts(): Drafts {
  let texts: ProfileTexts = { revision: '', files: [] };
  const drafts = new Map<string, string>();
  const file = (path: string): ProfileFile | undefined => texts.files.find((one) => one.path === path);
  const text = (path: string): string => drafts.get(path) ?? file(path)?.text ?? '';
  const isChanged = (path: string): boolean => drafts.has(path) && drafts.get(path) !== file(path)?.text;
  /** Merges the changes from `baseOf` to `next` into the drafts. False if both sides have changed the same part. */
  const take = (next: ProfileTexts, baseOf: (path: string) => string): boolean => {
    let clean = true;
    for (const { path, text: theirs } of next.files) {
      const draft = drafts.get(path);
      if (draft === undefined) continue;
      const merged = premerge(baseOf(path), draft, theirs);
      drafts.set(path, merged.text);
      clean &&= merged.clean;
    }
    texts = next;
    return clean;
  };
  return {
    load(next) {
      texts = next;
      drafts.clear();
    },
    applied: (next, sent) =>
      take(next, (path) => sent.find((one) => one.path === path)?.text ?? file(path)?.text ?? ''),
    merge: (next) => take(next, (path) => file(path)?.text ?? ''),
    revision: () => texts.revision,
    file,
    text,
    set: (path, next) => void drafts.set(path, next),
    isChanged,
    changed: () => texts.files.filter(({ path }) => isChanged(path)).map(({ path }) => ({ path, text: text(path) })),
  };
}
