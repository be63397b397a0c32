// Checks one node of the pipeline by its plugin's schema: options, references, claims and routes.

import { CAMERA_ID } from '../../base/formats.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { isParser } from '../../catalog/parsers.ts';
import type { Problem } from '../../contract/problems.ts';
import type { PluginSchema } from '../../contract/schema.ts';
import { shown } from '../phrasing.ts';
import type { Claim, NodeSpec, Reference, RouteClaim } from '../profile.ts';
import { type Entry, type Mapping, placeOf, problem, type SourceRange } from '../source/tree.ts';
import type { Mark } from '../values/fill.ts';
import { type Secrets, secretsOf } from '../values/secrets.ts';
import { normalClaim } from './claims.ts';
import { checkOptions, checkParse, unknownUse } from './options.ts';

export interface CheckedNode {
  readonly id: string;
  readonly range: SourceRange;
  /** undefined if its `use` is unknown: then its ports are unknown too. */
  readonly schema: PluginSchema | undefined;
  /** As complete as possible, even with problems. */
  readonly spec: NodeSpec;
  readonly marks: readonly Mark[];
  readonly problems: readonly Problem[];
  readonly secrets: Secrets;
}

/** `folder`: base of relative paths in claims. */
export async function checkNode(id: string, entry: Entry, catalog: Catalog, folder: string): Promise<CheckedNode> {
  const range = entry.key;
  const problems: Problem[] = [];
  if (!CAMERA_ID.test(id)) {
    const form = 'a letter or digit, then at most 127 letters, digits, "_", "." and "-"';
    problems.push(problem('bad-id', range, `"${id}" cannot be the id of a node: ${form}.`));
  }
  const none: NodeSpec = { ...empty, id, use: '', place: placeOf(range) };
  const unknown = (more: Problem[]): CheckedNode => ({
    id,
    range: range,
    schema: undefined,
    spec: none,
    marks: [],
    problems: [...problems, ...more],
    secrets: secretsOf(entry.value, { properties: { use: { type: 'string' } } }),
  });
  if (entry.value.kind !== 'map') {
    const isNull = entry.value.kind === 'leaf' && entry.value.value === null;
    if (entry.value.kind === 'leaf' && entry.value.poisoned) return unknown([]);
    const plugin =
      entry.value.kind === 'leaf' && catalog.has(String(entry.value.value)) ? entry.value.value : undefined;
    const message = isNull
      ? `"${id}" is empty; a node is a map with "use" and its options, and null removes one of an included profile.`
      : `"${id}" must be a map with "use" and its options${plugin ? `: { use: ${plugin}, … }` : ''}.`;
    return unknown([problem('wrong-type', isNull ? range : entry.value.range, message)]);
  }
  const use = entry.value.entries.get('use')?.value;
  if (!use) {
    const [key, other] =
      [...entry.value.entries].find(([, { value }]) => value.kind === 'leaf' && catalog.has(String(value.value))) ?? [];
    if (key !== undefined && other)
      return unknown([problem('missing-option', other.key, `Write "use:" instead of "${key}:".`)]);
    return unknown([problem('missing-option', range, `"${id}" needs "use": the plugin, as listed by "camd plugins".`)]);
  }
  if (use.kind === 'leaf' && use.poisoned) return unknown([]);
  if (use.kind !== 'leaf' || typeof use.value !== 'string') {
    return unknown([
      problem('wrong-type', use.range, `use: ${shown(use)} is not the name of a plugin, such as source/tcp.`),
    ]);
  }
  if (!catalog.has(use.value) || isParser(catalog.schema(use.value))) {
    return unknown([problem('unknown-use', use.range, unknownUse(use.value, catalog))]);
  }
  const options: Mapping = {
    ...entry.value,
    entries: new Map([...entry.value.entries].filter(([key]) => key !== 'use')),
  };
  const checked = await checkOptions(use.value, options, catalog, range);
  if (!checked.schema) return unknown([...checked.problems]);
  problems.push(...checked.problems);
  const { schema, filled, secrets } = checked;
  const parsing = filled.parse && (await checkParse(filled.parse, catalog));
  if (parsing) problems.push(...parsing.problems);
  const references = referencesOf(filled.marks);
  const spec: NodeSpec = {
    id,
    use: use.value,
    options: filled.options,
    parse: parsing?.parse,
    provides: schema.provides ?? [],
    exclusive: schema.exclusive === true,
    references,
    claims: claimsOf(filled.marks, folder),
    routes: routesOf(filled.marks, references),
    place: placeOf(range),
  };
  const all = parsing ? join(secrets, parsing.secrets) : secrets;
  return { id, range: range, schema, spec, marks: filled.marks, problems, secrets: all };
}

const empty = { options: {}, parse: undefined, provides: [], exclusive: false, references: [], claims: [], routes: [] };

const join = (a: Secrets, b: Secrets): Secrets => ({
  ranges: [...a.ranges, ...b.ranges],
  values: [...a.values, ...b.values],
});

/** "from[1]" → "from": a list is one option. */
const optionOf = (mark: Mark): string => mark.option.replace(/\[\d+\]$/, '');

function referencesOf(marks: readonly Mark[]): Reference[] {
  const options = new Map<string, Mark[]>();
  for (const mark of marks) {
    if (!mark.keywords.reference) continue;
    const option = optionOf(mark);
    options.set(option, [...(options.get(option) ?? []), mark]);
  }
  return [...options].map(([option, named]) => ({
    option,
    to: named.map((mark) => mark.text),
    ports: named[0]?.keywords.reference?.ports ?? [],
    delivery: named[0]?.keywords.reference?.delivery,
    places: named.map((mark) => placeOf(mark.range)),
  }));
}

function claimsOf(marks: readonly Mark[], folder: string): Claim[] {
  // Two brokers may each have a client with the same id.
  const broker = marks.find((mark) => mark.keywords.format === 'mqtt-url')?.text;
  const at = broker !== undefined && URL.canParse(broker) ? ` at ${new URL(broker).host}` : '';
  return marks.flatMap((mark) => {
    const claim = mark.keywords.claim && normalClaim(mark.keywords.claim, mark.text, folder);
    if (!claim) return [];
    const name = claim.kind === 'client-id' ? `${claim.name}${at}` : claim.name;
    return [{ kind: claim.kind, name, place: placeOf(mark.range) }];
  });
}

function routesOf(marks: readonly Mark[], references: readonly Reference[]): RouteClaim[] {
  return marks.flatMap((mark) => {
    const servers = references.find(({ option }) => option === mark.keywords.route)?.to ?? [];
    const page = mark.keywords.page === true;
    return servers.map((server) => ({ server, path: mark.text, page, place: placeOf(mark.range) }));
  });
}
