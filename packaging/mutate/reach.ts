// Finds the tests that reach the place of a fault: adds calls to the sources, and runs each test once.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import ts from 'typescript';
import { inTurns } from '../in-turns.ts';
import type { Checkout } from './checkout.ts';
import type { Mutant } from './mutants.ts';

const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url));
/** Defined by probe.ts; without it, the sources run as before. */
const CALL = 'globalThis.__reached';

export interface Reach {
  /** Duration of a test in milliseconds; only for tests that passed in time. */
  readonly times: ReadonlyMap<string, number>;
  /** The tests that reach a fault. */
  readonly tests: (mutant: Mutant) => ReadonlySet<string>;
}

export interface ReachOptions {
  readonly checkout: Checkout;
  readonly mutants: readonly Mutant[];
  /** Test files to run. */
  readonly tests: readonly string[];
  /** Tests that take longer than this, in milliseconds, are not used. */
  readonly slowest: number;
  /** Number of tests that run in parallel. */
  readonly jobs: number;
}

/** Changes the sources of `checkout` while it runs. */
export async function findReach({ checkout, mutants, tests, slowest, jobs }: ReachOptions): Promise<Reach> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-reach-'));
  const module = join(folder, 'probe.mjs');
  writeFileSync(module, (await transform(readFileSync(PROBE, 'utf8'), { loader: 'ts' })).code);
  const times = new Map<string, number>();
  const reached = new Map<number, Set<string>>();
  const run = async (test: string, number: number): Promise<void> => {
    const into = join(folder, String(number));
    const began = performance.now();
    const probe = { module, env: { CAMD_REACHED: into } };
    const verdict = await checkout.test(test, slowest, probe);
    if (verdict !== 'passed') return;
    times.set(test, performance.now() - began);
    for (const id of idsIn(folder, `${number}.`)) reached.set(id, (reached.get(id) ?? new Set()).add(test));
  };
  try {
    await probing(checkout, mutants, () => inTurns(tests, jobs, run));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { times, tests: (mutant) => reached.get(mutants.indexOf(mutant)) ?? new Set() };
}

/** Adds a call with the number of the fault at the place of each fault. */
export function probed(file: string, text: string, faults: readonly { mutant: Mutant; id: number }[]): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const inserts = faults.flatMap(({ mutant, id }) => around(source, mutant.start, `${CALL}?.(${id})`));
  return inserts
    .sort((a, b) => b.at - a.at)
    .reduce((changed, { at, text: added }) => changed.slice(0, at) + added + changed.slice(at), text);
}

interface Insert {
  readonly at: number;
  readonly text: string;
}

/** The nearest place around an offset for a call: before a statement, or before the body of an arrow function. */
function around(source: ts.SourceFile, offset: number, call: string): Insert[] {
  let node = nodeAt(source, offset);
  while (node.parent) {
    const { parent } = node;
    if (ts.isArrowFunction(parent) && parent.body === node && !ts.isBlock(node)) {
      return [
        { at: node.getStart(source), text: `(${call}, ` },
        { at: node.getEnd(), text: ')' },
      ];
    }
    if (ts.isStatement(node) && !ts.isBlock(node)) {
      if (ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent)) {
        return [{ at: node.getStart(source), text: `${call};` }];
      }
      if (ts.isIfStatement(parent) || ts.isIterationStatement(parent, false)) {
        return [
          { at: node.getStart(source), text: `{${call};` },
          { at: node.getEnd(), text: '}' },
        ];
      }
    }
    node = parent;
  }
  return [];
}

/** The innermost node that begins at or before the offset and ends after it. */
function nodeAt(source: ts.SourceFile, offset: number): ts.Node {
  const within = (node: ts.Node): ts.Node =>
    ts.forEachChild(node, (child) =>
      child.getStart(source) <= offset && offset < child.getEnd() ? within(child) : undefined,
    ) ?? node;
  return within(source);
}

async function probing(checkout: Checkout, mutants: readonly Mutant[], work: () => Promise<void>): Promise<void> {
  const files = new Map<string, { mutant: Mutant; id: number }[]>();
  mutants.forEach((mutant, id) => {
    files.set(mutant.file, [...(files.get(mutant.file) ?? []), { mutant, id }]);
  });
  let all = work;
  for (const [file, faults] of files) {
    const inner = all;
    all = () => checkout.with(file, (text) => probed(file, text, faults), inner);
  }
  await all();
}

/** The numbers from all processes of a test. */
function idsIn(folder: string, prefix: string): Set<number> {
  if (!existsSync(folder)) return new Set();
  const files = readdirSync(folder).filter((name) => name.startsWith(prefix));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  return new Set(lines.filter((line) => line !== '').map(Number));
}
