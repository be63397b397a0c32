// Reads a profile from its path and returns the checked profile, or all its problems.

import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import type { Problem } from '../contract/problems.ts';
import { advise } from './check/advice.ts';
import { checkMachine } from './check/machine.ts';
import type { CheckedNode } from './check/node.ts';
import { matchPatterns } from './check/patterns.ts';
import { checkPlugins, inspectPlugins } from './check/plugins.ts';
import { checkTop, pluginItems, withPlugins } from './check/top.ts';
import { checkWiring } from './check/wiring.ts';
import { createProfileMemory, type ProfileMemory } from './memory.ts';
import type { Profile, Reading } from './profile.ts';
import { type Loaded, loadProfile } from './source/include.ts';
import { type Override, override } from './source/override.ts';
import { expandTemplates, shareProblems } from './source/templates.ts';
import { entryOf, type Mapping } from './source/tree.ts';
import { interpolate } from './values/interpolate.ts';
import { type Secrets, starOut } from './values/secrets.ts';

/** Milliseconds of checking before other work, such as frames, gets a turn. */
const SLICE_MS = 5;

/** The access to files and environment that reading needs. */
export interface ReadEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; rejects if it is missing, not a regular file, or larger than `limit` bytes. */
  readFile(path: string, limit: number): Promise<string>;
  /** The built-in plugins; the result adds those of the profile. */
  readonly catalog: Catalog;
  /** Passed by callers that read repeatedly. */
  readonly memory?: ProfileMemory;
  /** Values from the command line, which override those of all files. */
  readonly overrides?: readonly Override[];
  /** Set if plugins should also examine this machine (`inspect`), until the signal aborts. */
  readonly inspect?: AbortSignal;
}

/** Reads, merges, interpolates and checks. Never rejects because of file contents. */
export async function readProfile(path: string, environment: ReadEnvironment): Promise<Reading> {
  const file = resolve(path);
  const { memory = createProfileMemory() } = environment;
  const loaded = await loadProfile(file, environment.readFile, memory.readYaml);
  if (!loaded.tree)
    return reading(loaded, environment.catalog, loaded.problems, { ranges: [], values: [] }, [], undefined, undefined);
  const { tree, problems } = override(loaded.tree, environment.overrides ?? []);
  const all = { ...loaded, problems: [...loaded.problems, ...problems] };
  return check(path, file, all, tree, environment, memory);
}

async function check(
  path: string,
  file: string,
  loaded: Loaded,
  tree: Mapping,
  environment: ReadEnvironment,
  memory: ProfileMemory,
): Promise<Reading> {
  const expanded = expandTemplates(tree, file);
  const resolved = await interpolate(expanded.tree, environment, expanded.uses);
  const plugins = await withPlugins(resolved.tree, environment.catalog);
  const { catalog } = plugins;
  const folder = dirname(file);
  await setImmediate();
  const top = await checkTop(resolved.tree, catalog, file);
  await setImmediate();
  const pipeline = entryOf(resolved.tree, 'pipeline')?.value;
  const entries = pipeline?.kind === 'map' ? [...pipeline.entries] : [];
  const nodes = new Map<string, CheckedNode>();
  let since = performance.now();
  for (const [id, entry] of entries) {
    const node = await memory.checkNode(id, entry, catalog, folder);
    const like = expanded.uses.get(id)?.template;
    nodes.set(id, like === undefined ? node : { ...node, spec: { ...node.spec, like } });
    if (performance.now() - since < SLICE_MS) continue;
    // A reload of a thousand nodes must not delay frames.
    await setImmediate();
    since = performance.now();
  }

  const patterns = matchPatterns(nodes);
  for (const [id, node] of patterns.nodes) nodes.set(id, node);
  const wiring = checkWiring(nodes, catalog);
  const own = await checkPlugins(nodes, new Map(entries), catalog);
  const { inspect } = environment;
  const found = inspect
    ? [
        ...(await inspectPlugins(nodes, new Map(entries), catalog, folder, inspect)),
        ...checkMachine(nodes.values(), folder, environment.env),
      ]
    : [];
  await setImmediate();
  const problems: Problem[] = [
    ...loaded.problems,
    ...expanded.problems.filter(({ severity }) => severity === 'error'),
    ...resolved.problems.filter(({ severity }) => severity === 'error'),
    ...plugins.problems,
    ...top.problems,
    ...shareProblems(nodes.values(), expanded.uses),
    ...patterns.problems,
    ...wiring,
    ...own,
    ...found,
  ];
  const wrong = problems.some(({ severity }) => severity === 'error');
  if (!wrong) {
    const advice = [...expanded.problems, ...resolved.problems];
    problems.push(...advice, ...advise(resolved.tree, nodes, resolved.used, file));
  }
  const secrets: Secrets = {
    ranges: [...expanded.unchecked, ...[...nodes.values()].flatMap((node) => node.secrets.ranges)],
    values: [...new Set([...resolved.secrets, ...[...nodes.values()].flatMap((node) => node.secrets.values)])],
  };
  const profile: Profile | undefined = wrong
    ? undefined
    : {
        file: path,
        folder,
        files: [...loaded.files, ...resolved.files, ...plugins.files],
        texts: loaded.layers,
        nodes: new Map([...nodes].map(([id, { spec }]) => [id, spec])),
        plugins: pluginItems(resolved.tree).map(({ specifier }) => specifier),
        watch: top.watch,
        control: top.control,
        log: top.log,
        memory: top.memory,
        freeAfter: top.freeAfter,
        cameras: top.cameras,
        secrets: secrets.values,
      };
  const trees = { merged: tree, resolved: resolved.tree };
  return reading(loaded, catalog, problems, secrets, [...resolved.files, ...plugins.files], profile, trees);
}

function reading(
  loaded: Loaded,
  catalog: Catalog,
  problems: readonly Problem[],
  secrets: Secrets,
  furtherFiles: readonly string[],
  profile: Profile | undefined,
  trees: Reading['trees'],
): Reading {
  const hidden: Secrets = { ranges: [...secrets.ranges, ...loaded.dropped], values: secrets.values };
  const masked = (): ReadonlyMap<string, string> =>
    new Map([...loaded.sources].map(([file, text]) => [file, starOut(file, text, hidden)]));
  return {
    problems: tidy(problems, loaded.files),
    profile,
    files: [...loaded.files, ...furtherFiles],
    // Only excerpts of problems are ever shown.
    sources: problems.length > 0 ? masked() : new Map(),
    masked,
    catalog,
    raw: loaded.raw,
    secrets: hidden,
    trees,
  };
}

/** By file in reading order, then by position, without duplicates. */
function tidy(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const unique = new Map<string, Problem>();
  for (const problem of problems) {
    const { file, line, column } = problem.place;
    const key = `${problem.code} ${file}:${line}:${column} ${problem.message}`;
    if (!unique.has(key)) unique.set(key, problem);
  }
  return [...unique.values()].sort(
    (a, b) =>
      files.indexOf(a.place.file) - files.indexOf(b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      a.code.localeCompare(b.code),
  );
}
