// Runs one test file: its tests one after the other, each in its own world.

import type { Problem } from '../../../core/contract/problems.ts';
import { problem } from '../../../core/profile/source/tree.ts';
import { readTestFile, type TestFile } from './language.ts';
import { checkNames, checkReferences } from './references.ts';
import { type Failure, runSteps } from './steps.ts';
import { type BuiltIn, openWorld } from './world.ts';

export interface TestResult {
  readonly name: string;
  /** Real milliseconds. */
  readonly took: number;
  /** Empty if the test passed. */
  readonly failures: readonly { readonly failure: Failure; readonly problem: Problem }[];
}

export interface FileResult {
  readonly file: string;
  readonly results: readonly TestResult[];
  /** Errors in the test file or in its profile; then no test ran. */
  readonly problems: readonly Problem[];
  /** Texts of files, for excerpts. */
  readonly sources: ReadonlyMap<string, string>;
}

/** `file` is absolute. */
export async function runTestFile(file: string, builtIn: BuiltIn): Promise<FileResult> {
  const read = await readTestFile(file);
  if (!read.ok) return { file, results: [], problems: read.problems, sources: read.sources };
  const { test } = read;
  const sources = new Map([[test.file, test.text]]);
  const names = checkNames(test);
  if (names.length > 0) return { file, results: [], problems: names, sources };

  const results: TestResult[] = [];
  for (const [index, { name, steps }] of test.content.tests.entries()) {
    const began = performance.now();
    const opened = await openWorld(test, builtIn);
    if (!opened.ok) return { file, results, problems: opened.problems, sources: opened.sources };
    const { world } = opened;
    try {
      const { profile } = world.reading;
      const wrong = index === 0 && profile ? checkReferences(test, profile) : [];
      if (wrong.length > 0) return { file, results, problems: wrong, sources };
      const failures = await runSteps(world, steps, await builtIn.catalog.parser('parse/multipart'));
      const placed = failures.map((failure) => ({ failure, problem: asProblem(test, index, failure) }));
      results.push({ name, took: performance.now() - began, failures: placed });
    } finally {
      await world.stop();
    }
  }
  return { file, results, problems: [], sources };
}

const asProblem = (test: TestFile, index: number, { pointer, message }: Failure): Problem =>
  problem('unmet-expectation', test.place(`/tests/${index}${pointer}`), message);
