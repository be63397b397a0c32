// The types of a checked test file, and its reader: returns the content or all errors of a file.

import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ownPackage } from '../../../core/base/package.ts';
import { createCompiler } from '../../../core/catalog/ajv.ts';
import type { Method, PrinterState } from '../../../core/contract/ports.ts';
import type { Place, Problem } from '../../../core/contract/problems.ts';
import type { OptionSchema } from '../../../core/contract/schema.ts';
import { explain } from '../../../core/profile/check/violations.ts';
import { readFromDisk } from '../../../core/profile/source/disk.ts';
import { MAX_PROFILE_BYTES, reason } from '../../../core/profile/source/include.ts';
import { locate, placeOf, problem, type SourceRange, type Tree, toValue } from '../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../core/profile/source/yaml.ts';
import { fill } from '../../../core/profile/values/fill.ts';

export type Headers = Readonly<Record<string, string>>;
/** A text, "*" for any value, null for none. */
export type HeadersWanted = Readonly<Record<string, string | number | null>>;

export interface ServerSpec {
  readonly status: number | readonly number[];
  readonly headers?: Headers;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly acknowledged?: boolean;
  readonly headers?: HeadersWanted;
  readonly picture?: number;
  readonly size?: string;
  readonly contains?: string;
  readonly json?: unknown;
}

export interface Expectation {
  readonly node?: string;
  readonly server?: string;
  readonly store?: string;
  readonly broker?: string;
  readonly viewer?: string;
  readonly service?: string;
  readonly count?: number;
  readonly at_least?: number;
  readonly order?: readonly number[];
  readonly cameras?: readonly string[];
  readonly size?: string;
  readonly type?: string;
  readonly method?: string;
  readonly path?: string;
  readonly topic?: string;
  readonly status?: number;
  readonly headers?: HeadersWanted;
  readonly contains?: string;
  readonly json?: unknown;
  readonly state?: string;
  readonly why?: string;
}

export interface SendStep {
  readonly to: string;
  readonly count: number;
  /** Milliseconds. */
  readonly every?: number;
  readonly camera?: string;
  readonly size?: string;
}

export interface RequestStep {
  readonly to: string;
  readonly path: string;
  readonly method: Method;
  readonly headers?: Headers;
  readonly body?: string;
  /** Fields of a multipart form. */
  readonly form?: Readonly<Record<string, string | number>>;
  /** The form's field for the picture. */
  readonly file: string;
  readonly picture?: string;
}

export interface OpenStep {
  readonly as: string;
  readonly to: string;
  readonly path: string;
  readonly headers?: Headers;
}

export interface PublishStep {
  readonly to: string;
  readonly topic: string;
  readonly body?: string;
  readonly picture?: string;
}

/** Has exactly one action; `answer` only together with `request` and `publish`. */
export interface Step {
  readonly send?: SendStep;
  /** Milliseconds. */
  readonly wait?: number;
  readonly request?: RequestStep;
  readonly open?: OpenStep;
  readonly close?: string;
  readonly publish?: PublishStep;
  readonly printer?: { readonly node: string } & PrinterState;
  readonly answer?: Answer;
  readonly expect?: Expectation;
}

export interface Test {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Content {
  readonly profile?: string;
  readonly env?: Readonly<Record<string, string | number>>;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly servers?: Readonly<Record<string, ServerSpec | null>>;
  readonly known?: Readonly<Record<string, readonly string[] | Readonly<Record<string, string>>>>;
  readonly sources?: Readonly<Record<string, { readonly size?: string }>>;
  readonly start: string;
  readonly tests: readonly Test[];
}

export interface TestFile {
  /** Absolute. */
  readonly file: string;
  /** Absolute path of the profile. */
  readonly profile: string;
  readonly content: Content;
  readonly text: string;
  /** Place of the value (or with `key` of its key) at this JSON Pointer; of the closest existing parent if the value is missing. */
  place(pointer: string, of?: 'key'): Place;
}

export type ReadTest =
  | { readonly ok: true; readonly test: TestFile }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly sources: ReadonlyMap<string, string> };

/** `file` is absolute. Rejects only on a bug. */
export async function readTestFile(file: string): Promise<ReadTest> {
  const top: SourceRange = { file, line: 1, column: 1, length: 1, start: 0, end: 0 };
  let text: string;
  try {
    text = (await readFromDisk(file, MAX_PROFILE_BYTES)).replace(/^\uFEFF/, '');
  } catch (error) {
    const none = problem('bad-profile', top, `Cannot read ${file}: ${reason(error)}.`);
    return { ok: false, problems: [none], sources: new Map() };
  }
  const sources = new Map([[file, text]]);
  const { tree, problems } = parseYaml(file, text);
  if (!tree || problems.length > 0) {
    const empty = problem('bad-profile', top, 'The test file is empty; it needs "camd_test: 1" and "tests".');
    return { ok: false, problems: problems.length > 0 ? problems : [empty], sources };
  }
  const checked = await check(tree, top);
  if (checked.problems.length > 0) return { ok: false, problems: checked.problems, sources };
  const { content } = checked;
  const beside = basename(file).replace(/\.test\.ya?ml$/, '.yaml');
  const profile = resolve(dirname(file), content.profile ?? beside);
  return { ok: true, test: { file, profile, content, text, place: (pointer, of) => placeAt(tree, pointer, of) } };
}

async function check(tree: Tree, at: SourceRange): Promise<{ content: Content; problems: readonly Problem[] }> {
  const file = join(ownPackage().folder, 'schemas', 'profile-test.schema.json');
  const { $defs = {}, ...written } = JSON.parse(readFileSync(file, 'utf8')) as OptionSchema;
  const schema = inlined(written, $defs) as OptionSchema;
  const validate = await createCompiler().compile(schema, false);
  const found = explain(validate(toValue(tree)), tree, schema, { owner: 'the test file', noun: 'key', at });
  const filled = fill(tree, schema, at, found.bad);
  const problems = [...found.problems, ...filled.problems];
  // The schema has just been checked against the value.
  const content = filled.options as object as Content;
  return { content, problems: problems.length > 0 ? problems : misplacedAnswers(content, tree) };
}

/** The schema with its definitions inlined, because messages are made from the schema at the place of the error. */
function inlined(schema: unknown, definitions: Readonly<Record<string, OptionSchema>>): unknown {
  if (Array.isArray(schema)) return schema.map((item) => inlined(item, definitions));
  if (typeof schema !== 'object' || schema === null) return schema;
  const reference = '$ref' in schema ? String(schema.$ref).replace('#/$defs/', '') : undefined;
  if (reference !== undefined) return inlined(definitions[reference] ?? {}, definitions);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inlined(value, definitions)]));
}

function misplacedAnswers(content: Content, tree: Tree): Problem[] {
  return content.tests.flatMap(({ steps }, test) =>
    steps.flatMap((step, index) => {
      const at = (name: string) => placeAt(tree, `/tests/${test}/steps/${index}/${name}`, 'key');
      const message = '"answer" is only allowed together with "request" or "publish"; elsewhere write "expect".';
      if (step.answer && !step.request && !step.publish) return [problem('wrong-value', at('answer'), message)];
      return [];
    }),
  );
}

function placeAt(tree: Tree, pointer: string, of?: 'key'): Place {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = locate(tree, at);
    if (!found) continue;
    return placeOf(of === 'key' ? (found.key ?? found.tree.range) : found.tree.range);
  }
}
