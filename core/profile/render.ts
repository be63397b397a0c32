// Problems as text for people, as data, and as annotations for GitHub. Pure; the sources it is given hold no secrets.

import type { Problem } from '../problems.ts';

export interface RenderOptions {
  readonly format: 'text' | 'json' | 'github';
  /** Paths are shown relative to this absolute folder where they are inside it. */
  readonly cwd: string;
  /** Only for text. Default: none. */
  readonly color?: boolean;
}

/** Without a trailing newline; empty when there is nothing to tell (for json: "[]"). `sources` is that of the Reading. */
export function renderProblems(
  _problems: readonly Problem[],
  _sources: ReadonlyMap<string, string>,
  _options: RenderOptions,
): string {
  throw new Error('not yet');
}
