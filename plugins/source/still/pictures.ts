// The interface to the pictures of a source/still, which the program writes to stdout or to a file.

import type { ParsedImage } from '../../../core/contract/plugin.ts';

export interface Pictures {
  /** A new run of the program begins: data of the run before it is discarded. */
  begin(): void;
  /** The program's stdout. */
  push(chunk: Buffer): void;
  /** Removes data that could be mistaken for the next picture. */
  clear(): Promise<void>;
  /** Resolves with the next picture; rejects with a Fault, or when the signal aborts. One call at a time. */
  next(signal: AbortSignal): Promise<ParsedImage>;
  /** The picture that the program left behind when it ended, if any. */
  last(): Promise<ParsedImage | undefined>;
  /** Describes an incomplete picture, as the end of a sentence; undefined if no byte has arrived. */
  remains(): string | undefined;
}
