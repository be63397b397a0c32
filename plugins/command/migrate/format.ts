// What a reader of one format is: it recognises files by their content and turns them into a draft. Pure.

import type { Draft } from './draft.ts';

export interface Source {
  /** The file's name without its folder. */
  readonly name: string;
  /** Without control characters. */
  readonly text: string;
}

export interface Format {
  /** As --from names it. */
  readonly name: string;
  /** For the list of formats, such as "crowsnest.conf". */
  readonly files: string;
  /** What to do beside the profile: what to stop, what stays the same. */
  readonly advice: readonly string[];
  recognise(source: Source): boolean;
  /** Throws an Error with a sentence when the files hold no camera. */
  read(sources: readonly Source[], draft: Draft): void;
}
