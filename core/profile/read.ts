// From the path of a profile to a checked one with every problem in it. Knows no plugin and starts nothing.

import type { Catalog } from '../registry.ts';
import type { Reading } from './profile.ts';

/** What reading needs of the world. */
export interface ReadEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; rejects when it is missing, not a plain file, or larger than `limit` bytes. */
  readFile(path: string, limit: number): Promise<string>;
  /** The built-in plugins; those of the profile are added to it in the answer. */
  readonly catalog: Catalog;
}

/** Reads, merges, interpolates and checks. Never rejects because of what stands in the files. */
export async function readProfile(_path: string, _environment: ReadEnvironment): Promise<Reading> {
  throw new Error('not yet');
}
