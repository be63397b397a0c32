// Values from the command line, `--set path=value`: a layer above all files of the profile. Pure.

import type { Problem } from '../../contract/problems.ts';
import { merge } from './merge.ts';
import { type Entry, fromValue, type Mapping, problem, type SourceRange, type Tree, toValue } from './tree.ts';
import { parseYaml } from './yaml.ts';

export interface Override {
  /** The keys from the top of the profile down to the value. */
  readonly keys: readonly string[];
  /** As on the command line: a YAML value, which may contain ${…}. */
  readonly text: string;
  /** The name for problems: "--set pipeline.web.listen". Without the value, which may be a secret. */
  readonly name: string;
}

/** "pipeline.web.listen=:8081"; a key that contains a dot must be in double quotes. Returns an error sentence for any other form. */
export function parseOverride(text: string): Override | string {
  const at = /^((?:"[^"]+"|[^".=]+)(?:\.(?:"[^"]+"|[^".=]+))*)=/.exec(text);
  const path = at?.[1];
  if (at === null || path === undefined) {
    return 'takes PATH=VALUE, such as pipeline.web.listen=127.0.0.1:8081';
  }
  const keys = [...path.matchAll(/"([^"]+)"|[^".]+/g)].map(([whole, quoted]) => quoted ?? whole);
  if (keys[0] === 'include') return 'cannot change "include"; make a profile that includes the others';
  return { keys, text: text.slice(at[0].length), name: `--set ${path}` };
}

/** The profile with the overrides applied; every problem is at the place of its own override. */
export function override(tree: Mapping, overrides: readonly Override[]): { tree: Mapping; problems: Problem[] } {
  const problems: Problem[] = [];
  let result = tree;
  for (const { keys, text, name } of overrides) {
    const at: SourceRange = { file: name, line: 1, column: 1, length: 1, start: 0, end: 0 };
    const parsed = parseYaml(name, text);
    problems.push(...parsed.problems.map(({ code, message }) => problem(code, at, message)));
    if (parsed.broken) continue;
    const value = fromValue(parsed.tree ? toValue(parsed.tree) : null, at);
    const layer = keys.reduceRight<Tree>((inner, key) => mapOf(key, { key: at, value: inner }, at), value);
    const merged = merge(result, layer);
    if (merged.kind === 'map') result = { ...merged, range: tree.range };
  }
  return { tree: result, problems };
}

const mapOf = (key: string, entry: Entry, range: SourceRange): Mapping => ({
  kind: 'map',
  entries: new Map([[key, entry]]),
  range,
});
