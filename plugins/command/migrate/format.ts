// The interface of a format's reader: recognises files by their content and turns them into a draft. Pure.

import type { Draft } from './draft.ts';

export interface Source {
  /** The file's name without its folder. */
  readonly name: string;
  /** Without control characters. */
  readonly text: string;
}

export interface Format {
  /** Name for --from. */
  readonly name: string;
  /** For the list of formats, such as "crowsnest.conf". */
  readonly files: string;
  /** Steps besides the profile: what to stop, what stays the same. */
  readonly advice: readonly string[];
  recognise(source: Source): boolean;
  /** Throws an Error with a sentence if the files contain no camera. */
  read(sources: readonly Source[], draft: Draft): void;
}
