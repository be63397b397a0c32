// Resolves ${…} in string leaves: environment, secret files, systemd credentials and vars.

import { dirname, isAbsolute, join, resolve } from 'node:path';
import { closest } from '../../base/closest.ts';
import type { Problem, ProblemCode } from '../../contract/problems.ts';
import { reason } from '../source/include.ts';
import { merge } from '../source/merge.ts';
import type { TemplateUse } from '../source/templates.ts';
import { type Entry, entryOf, type Leaf, type Mapping, problem, type Tree } from '../source/tree.ts';
import { type Part, parseTemplate } from './template.ts';
import { escapeForUrl } from './url-place.ts';

/** Most bytes of a secret: a secret is a line, not a document. */
const MAX_SECRET_BYTES = 64 * 1024;

export interface Interpolated {
  readonly tree: Mapping;
  readonly problems: readonly Problem[];
  /** Absolute paths of the secret files and credentials that were read or tried. */
  readonly files: readonly string[];
  /** The contents of those files; never print them. */
  readonly secrets: readonly string[];
  /** The vars that were used. */
  readonly used: ReadonlySet<string>;
}

export interface InterpolationEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readFile(path: string, limit: number): Promise<string>;
}

/** Most characters of a resolved value: vars that use vars grow exponentially. */
const MAX_VALUE = 64 * 1024;

/** Keys whose values are never interpolated. */
const LITERAL = new Set(['plugins', 'camd']);

const CYCLE = 'Vars refer to each other in a cycle:';

type Resolved =
  | { readonly text: string }
  | { readonly code: ProblemCode; readonly message: string; readonly unset?: string }
  /** A problem inside a var is reported there, not at each use. */
  | 'reported elsewhere';

interface Shared {
  readonly environment: InterpolationEnvironment;
  readonly problems: Problem[];
  readonly used: Set<string>;
  /** The content of a secret file. */
  secretFile(path: string): Promise<string>;
}

interface Scope {
  walk(tree: Tree, chain: readonly string[]): Promise<Tree>;
  walkMap(tree: Mapping, chainOf: (key: string) => readonly string[]): Promise<Mapping>;
}

/** Resolves texts with these vars. `use`: set if the vars are those of a node and its template. */
function createScope(vars: Tree | undefined, shared: Shared, use?: TemplateUse): Scope {
  const { environment, problems, used, secretFile } = shared;
  /** Vars that are already resolved. */
  const texts = new Map<string, Resolved>();
  const names = vars?.kind === 'map' ? [...vars.entries.keys()] : [];

  async function resolvePart(part: Part, leaf: Leaf, chain: readonly string[]): Promise<Resolved> {
    switch (part.is) {
      case 'text':
        return part;
      case 'wrong':
        return { code: 'bad-interpolation', message: part.message };
      case 'env': {
        const value = environment.env[part.name];
        // As in a shell, the default also replaces an empty variable.
        if (part.otherwise !== undefined) return { text: value || part.otherwise };
        if (value !== undefined) return { text: value };
        return {
          code: 'unset-variable',
          message: `The environment variable ${part.name} is not set; set it or give a default: \${env:${part.name}:-default}.`,
        };
      }
      case 'file': {
        const path = isAbsolute(part.path) ? part.path : resolve(dirname(leaf.range.file), part.path);
        return secretFile(path).then(
          (text) => ({ text }),
          (error: unknown) => ({ code: 'unreadable-secret', message: `Cannot read ${path}: ${reason(error)}.` }),
        );
      }
      case 'cred': {
        const folder = environment.env.CREDENTIALS_DIRECTORY;
        if (!folder) {
          return {
            code: 'unreadable-secret',
            message: `There is no credential ${part.name}: $CREDENTIALS_DIRECTORY is not set. systemd sets it for units with LoadCredential=${part.name}:/path.`,
          };
        }
        return secretFile(join(folder, part.name)).then(
          (text) => ({ text }),
          (error: unknown) => ({
            code: 'unreadable-secret',
            message: `Cannot read the credential ${part.name} in ${folder}: ${reason(error)}. Add LoadCredential=${part.name}:/path to the unit.`,
          }),
        );
      }
      case 'var':
        return resolveVar(part.name, chain);
    }
  }

  async function resolveVar(name: string, chain: readonly string[]): Promise<Resolved> {
    used.add(name);
    const value = entryOf(vars, name)?.value;
    if (!value) {
      const hint = closest(name, names);
      const help = hint ? `; did you mean "${hint}"?` : names.length > 0 ? '.' : '; this profile has no "vars".';
      return { code: 'unset-variable', message: `"vars" has no "${name}"${help}`, unset: name };
    }
    if (value.kind !== 'leaf' || value.value === null) {
      return { code: 'bad-interpolation', message: `The var "${name}" is not text, a number, true or false.` };
    }
    if (chain.includes(name)) {
      const cycle = chain.slice(chain.indexOf(name));
      // Reported once, at the var of the cycle whose name sorts first.
      if (chain[0] !== name || cycle.some((other) => other < name)) return 'reported elsewhere';
      const message = `${CYCLE} ${[...cycle, name].join(' → ')}.`;
      return { code: 'bad-interpolation', message };
    }
    if (typeof value.value !== 'string') return { text: String(value.value) };
    const known = texts.get(name);
    if (known) return known;
    const resolved = await resolveText(value.value, value, [...chain, name]);
    if (resolved !== 'reported elsewhere' && 'text' in resolved) texts.set(name, resolved);
    return resolved;
  }

  async function resolveText(text: string, leaf: Leaf, chain: readonly string[]): Promise<Resolved> {
    if (!text.includes('${')) return { text };
    let result = '';
    const parts = parseTemplate(text);
    for (const [index, part] of parts.entries()) {
      const resolved = await resolvePart(part, leaf, chain);
      if (resolved === 'reported elsewhere' || 'code' in resolved) return cycleOnly(resolved);
      result += isOwnText(part) ? resolved.text : escapeForUrl(parts, index, resolved.text);
      // Reported at the var itself.
      if (result.length > MAX_VALUE) return 'reported elsewhere';
    }
    return { text: result };
  }

  /** Of the problems in another var, only a cycle concerns the var that refers to it. */
  const cycleOnly = (failed: Exclude<Resolved, { text: string }>): Resolved =>
    failed !== 'reported elsewhere' && failed.message.startsWith(CYCLE) ? failed : 'reported elsewhere';

  async function walk(tree: Tree, chain: readonly string[]): Promise<Tree> {
    if (isPlain(tree)) return tree;
    if (tree.kind === 'list') return { ...tree, items: await Promise.all(tree.items.map((item) => walk(item, chain))) };
    if (tree.kind === 'map') return walkMap(tree, () => chain);
    if (typeof tree.value !== 'string' || tree.poisoned || !tree.value.includes('${')) return tree;
    const parts = parseTemplate(tree.value);
    let value = '';
    let poisoned = false;
    for (const [index, part] of parts.entries()) {
      const resolved = await resolvePart(part, tree, chain);
      if (resolved === 'reported elsewhere') poisoned = true;
      else if ('code' in resolved) {
        poisoned = true;
        problems.push(
          use && resolved.unset !== undefined && use.isShared(tree.range)
            ? notGiven(use, resolved.unset, tree)
            : problem(resolved.code, tree.range, resolved.message),
        );
      } else value += isOwnText(part) ? resolved.text : escapeForUrl(parts, index, resolved.text);
      if (value.length > MAX_VALUE) {
        const message = `The value is longer than ${MAX_VALUE} characters with all that it refers to.`;
        problems.push(problem('bad-interpolation', tree.range, message));
        poisoned = true;
        value = '';
        break;
      }
    }
    const literal = parts.every((part) => part.is === 'text');
    return { ...tree, value, ...(literal ? {} : { written: tree.value }), ...(poisoned ? { poisoned } : {}) };
  }

  /** True for text of the profile itself, which needs no escaping at its place. */
  function isOwnText(part: Part): boolean {
    if (part.is === 'text') return true;
    const value = part.is === 'var' ? entryOf(vars, part.name)?.value : undefined;
    return value?.kind === 'leaf' && !String(value.value).includes('${');
  }

  async function walkMap(tree: Mapping, chainOf: (key: string) => readonly string[]) {
    const entries = await Promise.all(
      [...tree.entries].map(
        async ([key, entry]): Promise<[string, Entry]> => [
          key,
          isPlain(entry.value) ? entry : { key: entry.key, value: await walk(entry.value, chainOf(key)) },
        ],
      ),
    );
    return { ...tree, entries: new Map(entries) };
  }

  return { walk, walkMap };
}

/** Reports a var that the template uses and this node does not set. */
const notGiven = ({ node, template, key }: TemplateUse, name: string, leaf: Leaf): Problem =>
  problem(
    'unset-variable',
    key,
    `"${node}" needs the var "${name}", which its template "${template}" uses: vars: { ${name}: … }.`,
    leaf.range,
  );

const NO_USES: ReadonlyMap<string, TemplateUse> = new Map();

/**
 * Reports every problem at its leaf and poisons the leaf, so that no further problems are reported about it.
 * @param uses nodes with their own vars, which hide those of the profile
 */
export async function interpolate(
  root: Mapping,
  environment: InterpolationEnvironment,
  uses: ReadonlyMap<string, TemplateUse> = NO_USES,
): Promise<Interpolated> {
  const problems: Problem[] = [];
  const files = new Map<string, Promise<string>>();
  const secrets = new Set<string>();
  const used = new Set<string>();
  const secretFile = async (path: string): Promise<string> => {
    const reading = files.get(path) ?? environment.readFile(path, MAX_SECRET_BYTES);
    files.set(path, reading);
    const text = (await reading).replace(/\r?\n$/, '');
    if (text !== '') secrets.add(text);
    return text;
  };
  const vars = entryOf(root, 'vars')?.value;
  const { walk, walkMap } = createScope(vars, { environment, problems, used, secretFile });

  const walkNode = async (use: TemplateUse, value: Tree): Promise<Tree> => {
    const own = new Set<string>();
    const all = vars && use.vars ? merge(vars, use.vars) : (use.vars ?? vars);
    const scope = createScope(all, { environment, problems, used: own, secretFile }, use);
    if (use.vars) await scope.walkMap(use.vars, (name) => [name]);
    const walked = await scope.walk(value, ['']);
    for (const name of own) used.add(name);
    for (const [name, { key }] of use.vars?.entries ?? []) {
      if (!own.has(name) && !use.isShared(use.vars?.entries.get(name)?.value.range ?? key)) {
        problems.push(problem('advice', key, `Nothing uses the var "${name}" of "${use.node}".`));
      }
    }
    return walked;
  };
  const walkNodes = async (tree: Mapping): Promise<Mapping> => {
    const entries = await Promise.all(
      [...tree.entries].map(async ([id, entry]): Promise<[string, Entry]> => {
        const use = uses.get(id);
        if (!use && isPlain(entry.value)) return [id, entry];
        const value = await (use ? walkNode(use, entry.value) : walk(entry.value, ['']));
        return [id, { key: entry.key, value }];
      }),
    );
    return { ...tree, entries: new Map(entries) };
  };

  const entries = await Promise.all(
    [...root.entries].map(async ([key, entry]): Promise<[string, Entry]> => {
      if (LITERAL.has(key)) return [key, entry];
      if (uses.size > 0 && key === 'pipeline' && entry.value.kind === 'map') {
        return [key, { key: entry.key, value: await walkNodes(entry.value) }];
      }
      const isVars = key === 'vars' && entry.value.kind === 'map';
      // The chain of a var starts with its own name, all others with an empty name, so that a cycle is reported only at its vars.
      const value =
        isVars && entry.value.kind === 'map'
          ? await walkMap(entry.value, (name) => [name])
          : await walk(entry.value, ['']);
      return [key, { key: entry.key, value }];
    }),
  );
  return {
    tree: { ...root, entries: new Map(entries) },
    problems,
    files: [...files.keys()],
    secrets: [...secrets],
    used,
  };
}

/** True if there is nothing to interpolate: then the same object is returned, so that callers can detect that it did not change. */
function isPlain(tree: Tree): boolean {
  if (tree.kind === 'leaf') return typeof tree.value !== 'string' || !tree.value.includes('${');
  if (tree.kind === 'list') return tree.items.every(isPlain);
  for (const { value } of tree.entries.values()) if (!isPlain(value)) return false;
  return true;
}
