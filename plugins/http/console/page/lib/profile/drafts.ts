// The texts as the reader has them now, beside those of the files. Pure but for what it keeps.

import type { ProfileFile, ProfileTexts } from '../../../api.ts';
import { premerge } from './premerge.ts';

export interface Drafts {
  /** Forgets all drafts. */
  load(texts: ProfileTexts): void;
  /**
   * `sent` went into the files, and `texts` were read afterwards; what was typed since stays a draft. False when somebody has changed
   * the files between the two where the draft has changed as well.
   */
  applied(texts: ProfileTexts, sent: readonly Sent[]): boolean;
  /** The files have changed meanwhile: brings that into the drafts. False when some part was changed by both. */
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
  /** What `next` has changed since the text that `baseOf` tells comes into the drafts. False when some part was changed by both. */
  const take = (next: ProfileTexts, baseOf: (path: string) => string): boolean => {
    let clean = true;
    for (const { path, text: theirs } of next.files) {
      const mine = drafts.get(path);
      if (mine === undefined) continue;
      const merged = premerge(baseOf(path), mine, theirs);
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
