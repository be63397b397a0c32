// Reads a profile with its includes and merges them; later files override earlier ones.

import { dirname, isAbsolute, resolve } from 'node:path';
import type { Problem } from '../../contract/problems.ts';
import { merge } from './merge.ts';
import { type Mapping, problem, type SourceRange, type Tree } from './tree.ts';
import { type ParsedYaml, parseYaml } from './yaml.ts';

export const MAX_PROFILE_BYTES = 4 * 1024 * 1024;
const MAX_INCLUDE_DEPTH = 16;
const MAX_INCLUDES = 256;

export interface Loaded {
  /** Without `include`; undefined if a file could not be read or is not YAML. */
  readonly tree: Mapping | undefined;
  readonly problems: readonly Problem[];
  /** Absolute paths of all files, the profile first, including those that could not be read. */
  readonly files: readonly string[];
  readonly sources: ReadonlyMap<string, string>;
  /** The same texts, with the byte order mark of files that have one. */
  readonly raw: ReadonlyMap<string, string>;
  /** Absolute paths of the merged profiles; each overrides those after it. */
  readonly layers: readonly string[];
  /** Ranges of values that are not in the tree. */
  readonly dropped: readonly SourceRange[];
}

type ReadFile = (path: string, limit: number) => Promise<string>;

/** `path` is absolute. Never rejects. */
export async function loadProfile(
  path: string,
  readFile: ReadFile,
  readYaml: (file: string, text: string) => Promise<ParsedYaml> = async (file, text) => parseYaml(file, text),
): Promise<Loaded> {
  const problems: Problem[] = [];
  const sources = new Map<string, string>();
  const raw = new Map<string, string>();
  const parsed = new Map<string, Tree | undefined>();
  const files = new Set<string>();
  const dropped: SourceRange[] = [];
  const layers: string[] = [];
  let whole = true;
  let included = 0;

  async function parse(file: string, from: SourceRange | undefined): Promise<Tree | undefined> {
    if (parsed.has(file)) return parsed.get(file);
    files.add(file);
    let text: string;
    try {
      const whole = await readFile(file, MAX_PROFILE_BYTES);
      raw.set(file, whole);
      text = whole.replace(/^\uFEFF/, '');
    } catch (error) {
      whole = false;
      const at = from ?? { file, line: 1, column: 1, length: 1 };
      problems.push(problem(from ? 'bad-include' : 'bad-profile', at, `Cannot read ${file}: ${reason(error)}.`));
      return undefined;
    }
    sources.set(file, text);
    const result = await readYaml(file, text);
    problems.push(...result.problems);
    dropped.push(...result.dropped);
    if (result.broken) whole = false;
    parsed.set(file, result.tree);
    return result.tree;
  }

  async function load(
    file: string,
    from: SourceRange | undefined,
    chain: readonly string[],
  ): Promise<Tree | undefined> {
    const tree = await parse(file, from);
    if (!tree) return undefined;
    if (tree.kind !== 'map') {
      whole = false;
      problems.push(problem('bad-profile', tree.range, 'A profile must be a map with the keys "camd" and "pipeline".'));
      return undefined;
    }
    const include = tree.entries.get('include');
    if (!include) {
      layers.unshift(file);
      return tree;
    }
    let beneath: Tree | undefined;
    for (const item of includeItems(include.value, problems)) {
      const target = isAbsolute(item.path) ? item.path : resolve(dirname(file), item.path);
      const cycle = chain.indexOf(target);
      included += 1;
      if (cycle >= 0) {
        whole = false;
        const names = [...chain.slice(cycle), target].join(' → ');
        problems.push(problem('bad-include', item.range, `Profiles include each other in a cycle: ${names}.`));
      } else if (chain.length > MAX_INCLUDE_DEPTH || included > MAX_INCLUDES) {
        whole = false;
        const limit = `at most ${MAX_INCLUDE_DEPTH} deep and ${MAX_INCLUDES} in all`;
        problems.push(problem('bad-include', item.range, `Too many includes: ${limit}.`));
      } else {
        const layer = await load(target, item.range, [...chain, target]);
        if (layer) beneath = beneath ? merge(beneath, layer) : layer;
      }
    }
    const own: Mapping = { ...tree, entries: new Map([...tree.entries].filter(([key]) => key !== 'include')) };
    layers.unshift(file);
    return beneath ? merge(beneath, own) : own;
  }

  const tree = await load(path, undefined, [path]);
  const empty = whole && sources.has(path) && !tree;
  if (empty) {
    const at = { file: path, line: 1, column: 1, length: 1 };
    problems.push(problem('bad-profile', at, 'The profile is empty; "camd new NAME" prints one to start from.'));
  }
  return {
    tree: whole && tree?.kind === 'map' ? tree : undefined,
    problems,
    files: [...files],
    sources,
    raw,
    layers: [...new Set(layers)],
    dropped,
  };
}

function includeItems(value: Tree, problems: Problem[]): { path: string; range: SourceRange }[] {
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => {
    if (item.kind === 'leaf' && typeof item.value === 'string' && item.value !== '') {
      if (!item.value.includes('${')) return [{ path: item.value, range: item.range }];
      problems.push(problem('bad-include', item.range, 'A path under "include" must not contain ${…}.'));
    } else problems.push(problem('bad-include', item.range, '"include" must be a list of profile paths.'));
    return [];
  });
}

/** The reason why a file cannot be read. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ENXIO') return 'it is not a regular file';
  return error instanceof Error ? error.message : String(error);
}
