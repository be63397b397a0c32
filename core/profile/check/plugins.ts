// Runs each plugin's own check of its options and adds the place of every finding. Loads modules but starts no nodes.

import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../../catalog/catalog.ts';
import type { CheckView, Finding, FrameFacts } from '../../contract/check.ts';
import type { NodePlugin } from '../../contract/plugin.ts';
import { type Problem, sentence } from '../../contract/problems.ts';
import { resolvePath } from '../resolve.ts';
import { type Entry, locate, pointerTo, problem, type SourceRange } from '../source/tree.ts';
import { joinFacts, sharedCameras, UNKNOWN } from './frame-facts.ts';
import type { CheckedNode } from './node.ts';

/** Nodes are checked for this long at a time; frames are delivered between the steps. Milliseconds. */
const SLICE_MS = 5;
/** Shorter secrets are not masked, since they would match in every message. Characters. */
const LEAST_SECRET = 4;

/** Skips nodes with errors of their own: a plugin receives only valid options. */
export async function checkPlugins(
  nodes: ReadonlyMap<string, CheckedNode>,
  entries: ReadonlyMap<string, Entry>,
  catalog: Catalog,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const plugins = await loadAll(nodes, catalog);
  const factsOf = framesOf(nodes, plugins);
  let since = performance.now();
  for (const [id, node] of nodes) {
    const entry = entries.get(id);
    if (!entry || !isValid(node)) continue;
    problems.push(...checkOne(node, entry, viewOf(node, nodes, factsOf), plugins.get(node.spec.use)));
    if (performance.now() - since < SLICE_MS) continue;
    await setImmediate();
    since = performance.now();
  }
  return [...problems, ...sharedCameras(nodes, factsOf)];
}

/** A plugin, or the reason why its module does not load. */
type LoadedPlugin = { readonly plugin: NodePlugin } | { readonly cause: unknown };
/** By `use`. */
type LoadedPlugins = ReadonlyMap<string, LoadedPlugin>;

/** Each plugin once, however many nodes use it. */
async function loadAll(nodes: ReadonlyMap<string, CheckedNode>, catalog: Catalog): Promise<LoadedPlugins> {
  const loaded = new Map<string, LoadedPlugin>();
  for (const node of nodes.values()) {
    const { use } = node.spec;
    if (loaded.has(use) || !isValid(node)) continue;
    const found = catalog.node(use).then(
      (plugin) => ({ plugin }),
      (cause: unknown) => ({ cause }),
    );
    loaded.set(use, await found);
  }
  return loaded;
}

type FactsOf = (id: string) => FrameFacts;

/** Calls each plugin at most once per node. A plugin that throws has unknown facts. */
function framesOf(nodes: ReadonlyMap<string, CheckedNode>, plugins: LoadedPlugins): FactsOf {
  const known = new Map<string, FrameFacts>();
  const factsOf: FactsOf = (id) => {
    const found = known.get(id);
    if (found) return found;
    // The facts of nodes in a cycle are unknown to each other.
    known.set(id, UNKNOWN);
    const node = nodes.get(id);
    const facts = node && isValid(node) ? ask(node) : UNKNOWN;
    known.set(id, facts);
    return facts;
  };
  const ask = (node: CheckedNode): FrameFacts => {
    const { use, references, options } = node.spec;
    const inputs = references.flatMap(({ delivery, to }) => (delivery === undefined ? [] : to));
    const loaded = plugins.get(use);
    const plugin = loaded && 'plugin' in loaded ? loaded.plugin : undefined;
    try {
      return plugin?.frames?.(options, viewOf(node, nodes, factsOf)) ?? joinFacts(inputs.map(factsOf));
    } catch {
      return UNKNOWN;
    }
  };
  return factsOf;
}

function checkOne(
  node: CheckedNode,
  entry: Entry,
  view: CheckView,
  loaded: LoadedPlugin = { cause: new Error('it was not loaded') },
): Problem[] {
  const { use, options } = node.spec;
  try {
    if ('cause' in loaded) throw loaded.cause;
    return place(loaded.plugin.check?.(options, view) ?? [], node, entry);
  } catch (cause) {
    const why = withoutSecrets(sentence(cause), node);
    return [problem('bad-plugin', entry.key, `${use} cannot check its options: ${why}.`)];
  }
}

/** Checks the options against this machine, for example for missing devices. Plugins run in parallel. */
export async function inspectPlugins(
  nodes: ReadonlyMap<string, CheckedNode>,
  entries: ReadonlyMap<string, Entry>,
  catalog: Catalog,
  folder: string,
  signal: AbortSignal,
): Promise<Problem[]> {
  const inspected = [...nodes].map(async ([id, node]) => {
    const entry = entries.get(id);
    if (!entry || !isValid(node)) return [];
    const { use, options } = node.spec;
    try {
      const plugin = await catalog.node(use);
      const findings = await plugin.inspect?.(options, signal, (path) => resolvePath(folder, path));
      return place(findings ?? [], node, entry);
    } catch (cause) {
      const why = withoutSecrets(sentence(cause), node);
      return [problem('advice', entry.key, `${use} cannot examine this machine: ${why}`)];
    }
  });
  return (await Promise.all(inspected)).flat();
}

const place = (findings: readonly Finding[], node: CheckedNode, entry: Entry): Problem[] =>
  findings.map((finding) => ({
    ...problem(finding.code, placeOfOption(finding.option, entry), withoutSecrets(finding.message, node)),
    ...(finding.severity ? { severity: finding.severity } : {}),
    ...(finding.fix ? { fix: finding.fix } : {}),
  }));

function viewOf({ id, spec }: CheckedNode, nodes: ReadonlyMap<string, CheckedNode>, factsOf: FactsOf): CheckView {
  const targets = (option: string): readonly (CheckedNode | undefined)[] =>
    (spec.references.find((reference) => reference.option === option)?.to ?? []).map((to) => nodes.get(to));
  return {
    id,
    provides(option) {
      const [first, ...others] = targets(option).map((target) => target?.spec.provides ?? []);
      return (first ?? []).filter((port) => others.every((ports) => ports.includes(port)));
    },
    optionsOf(option) {
      const [target] = targets(option);
      return target && isValid(target) ? target.spec.options : undefined;
    },
    frames: (option) =>
      joinFacts((spec.references.find((reference) => reference.option === option)?.to ?? []).map(factsOf)),
  };
}

const isValid = ({ schema, problems }: CheckedNode): boolean =>
  schema !== undefined && problems.every(({ severity }) => severity !== 'error');

/** The place of an option such as "tls.cert" or "users[0].name". For an unwritten option, the nearest value around it. */
function placeOfOption(option: Finding['option'], entry: Entry): SourceRange {
  const steps = option.split(/[.[\]]+/).filter((step) => step !== '');
  for (let length = steps.length; length > 0; length--) {
    const pointer = steps.slice(0, length).reduce(pointerTo, '');
    const found = locate(entry.value, pointer);
    if (found) return found.tree.kind === 'leaf' ? found.tree.range : (found.key ?? found.tree.range);
  }
  return entry.key;
}

function withoutSecrets(message: string, { secrets }: CheckedNode): string {
  return secrets.values
    .filter((secret) => secret.length >= LEAST_SECRET)
    .reduce((text, secret) => text.replaceAll(secret, '***'), message);
}
