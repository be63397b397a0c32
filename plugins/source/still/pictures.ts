// Where a shot's picture comes out: what a source/still asks of stdout and of a file alike.

import type { ParsedImage } from '../../../core/contract/plugin.ts';

export interface Pictures {
  /** A new run of the program begins: nothing of the run before it counts any more. */
  begin(): void;
  /** The program's stdout. */
  push(chunk: Buffer): void;
  /** Removes what could be taken for the picture that is asked for next. */
  clear(): Promise<void>;
  /** The picture that comes now; rejects with a Fault, or when the signal aborts. One call at a time. */
  next(signal: AbortSignal): Promise<ParsedImage>;
  /** The picture that the program left behind when it ended, if any. */
  last(): Promise<ParsedImage | undefined>;
  /** What came of a picture that is not whole, as a sentence's end; undefined when nothing came. */
  remains(): string | undefined;
}
