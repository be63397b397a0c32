// Finds changes that require write access to the files: compares two read profiles by their resolved values. Pure.

import { isDeepStrictEqual } from 'node:util';
import { userInfoIn } from '../../../../core/base/redact.ts';
import { parseUnit } from '../../../../core/base/units.ts';
import type { Fenced } from '../../../../core/contract/kernel.ts';
import type { Place } from '../../../../core/contract/problems.ts';
import type { OptionSchema, PluginSchema, Power } from '../../../../core/contract/schema.ts';
import type { NodeSpec, Profile, Reading } from '../../../../core/profile/profile.ts';
import { resolvePath } from '../../../../core/profile/resolve.ts';
import { locate, placeOf, pointerTo } from '../../../../core/profile/source/tree.ts';
import { candidates, propertyCandidates } from '../../../../core/profile/values/schema-walk.ts';
import { isFenced, powerOf } from './class.ts';
import { outsideByPlace } from './outside.ts';
import { MACHINE } from './unread.ts';

export interface ReadProfile {
  readonly reading: Reading;
  readonly profile: Profile;
}

/** `stateFolder`: the only folder that new paths of a candidate may lead to. */
export function fenced(before: ReadProfile, after: ReadProfile, stateFolder: string): Fenced[] {
  const ids = new Set([...before.profile.nodes.keys(), ...after.profile.nodes.keys()]);
  const nodes = [...ids].flatMap((id) =>
    ofNode(before.profile.nodes.get(id), after.profile.nodes.get(id), before, after, stateFolder),
  );
  return unique([...ofTop(before, after), ...nodes, ...ofOutside(before, after)]);
}

function ofNode(
  old: NodeSpec | undefined,
  next: NodeSpec | undefined,
  before: ReadProfile,
  after: ReadProfile,
  stateFolder: string,
): Fenced[] {
  const id = (next ?? old)?.id ?? '';
  const schemaOf = (use: string | undefined, { reading }: ReadProfile): PluginSchema | undefined =>
    use === undefined ? undefined : reading.catalog.schema(use);
  const same = old && next && old.use === next.use && isDeepStrictEqual(old.options, next.options);
  if (same && isDeepStrictEqual(old.parse, next.parse)) return [];
  for (const [spec, from] of [
    [old, before],
    [next, after],
  ] as const) {
    if (!spec || !isFenced(schemaOf(spec.use, from))) continue;
    const done = !old ? 'added' : !next ? 'removed' : 'changed';
    const message = `"${id}" uses ${spec.use}, which gives power over this machine, and cannot be ${done} from here; ${MACHINE}.`;
    return [{ node: id, path: '', message, ...placed(after.profile.nodes.get(id)?.place ?? old?.place) }];
  }
  if (!next) return [];
  const walk = (from: NodeSpec | undefined) => {
    const schema = schemaOf(next.use, after) ?? { title: '', summary: '', description: '' };
    const shared = { secret: from !== undefined && holdsSecret(from, schema, before), candidate: after, stateFolder };
    const found = differences(from?.options, next.options, { root: schema, ...shared });
    const parser = next.parse && schemaOf(next.parse.use, after);
    const parsed = parser
      ? differences(from?.parse?.use === next.parse?.use ? from?.parse?.options : undefined, next.parse?.options, {
          root: parser,
          ...shared,
        })
      : [];
    return [...found, ...parsed.map((path) => `parse.${path}`)];
  };
  // A change of the plugin makes the old options meaningless.
  return walk(old?.use === next.use ? old : undefined).map((path) => ({
    node: id,
    path,
    message: `"${path}" of "${id}" gives power over this machine; ${MACHINE}.`,
    ...placed(placeAt(after, id, path) ?? placeAt(before, id, path)),
  }));
}

interface Walk {
  readonly root: OptionSchema;
  /** True if the node held a secret before. */
  readonly secret: boolean;
  readonly candidate: ReadProfile;
  readonly stateFolder: string;
}

/** Paths of the options that differ and must not. */
function differences(old: unknown, next: unknown, walk: Walk): string[] {
  const { root, candidate, stateFolder } = walk;
  const isInside = (value: unknown): boolean => {
    if (value === undefined) return true;
    if (typeof value !== 'string') return false;
    const path = resolvePath(candidate.profile.folder, value);
    return path === stateFolder || path.startsWith(`${stateFolder}/`);
  };
  const compare = (
    a: unknown,
    b: unknown,
    schemas: readonly OptionSchema[],
    path: string,
    inherited: Power | undefined,
  ): string[] => {
    if (isDeepStrictEqual(a, b)) return [];
    const power = path === '' ? 'none' : powerOf(schemas, inherited);
    const listens = schemas.some(({ claim }) => claim === 'address' || claim === 'socket');
    const given = a === undefined ? b : b === undefined ? a : undefined;
    const isDefault =
      given !== undefined && schemas.some((schema) => schema.default !== undefined && isSame(schema, given));
    if (power === 'machine') return isDefault && !listens ? [] : [path];
    if (power === 'target' && isTarget(a, b, walk)) return [path];
    if (typeof b === 'string' && !schemas.every((schema) => fitsPattern(schema, b))) return [path];
    if (power === 'path' && !isMap(b) && !Array.isArray(b)) return isInside(a) && isInside(b) ? [] : [path];
    if (isMap(a) || isMap(b)) {
      const keys = new Set([...Object.keys(isMap(a) ? a : {}), ...Object.keys(isMap(b) ? b : {})]);
      return [...keys].flatMap((key) => {
        const inner = propertyCandidates(schemas, key).flatMap((schema) => candidates(schema, root));
        return compare(
          own(a, key),
          own(b, key),
          inner,
          path === '' ? key : `${path}.${key}`,
          path === '' ? undefined : power,
        );
      });
    }
    if (Array.isArray(a) || Array.isArray(b)) {
      const items = schemas.flatMap((schema) => (schema.items ? candidates(schema.items, root) : []));
      const [x, y]: [unknown[], unknown[]] = [Array.isArray(a) ? a : [], Array.isArray(b) ? b : []];
      return Array.from({ length: Math.max(x.length, y.length) }, (_, index) =>
        compare(x[index], y[index], items, `${path}[${index}]`, power),
      ).flat();
    }
    return [];
  };
  return compare(old, next, candidates(root, root), '', undefined);
}

/** A secret must not be sent to another server, and a socket file is a path of the machine. */
const isTarget = (a: unknown, b: unknown, { secret }: Walk): boolean =>
  (a !== undefined && secret) || [b].flat().some((value) => typeof value === 'string' && value.startsWith('unix:'));

const fitsPattern = ({ editable, power }: OptionSchema, value: string): boolean =>
  power !== 'none' || typeof editable !== 'object' || new RegExp(editable.pattern, 'u').test(value);

/** True for an option that is marked as secret, a value from outside of the texts, or the user of a URL. */
function holdsSecret({ id, options }: NodeSpec, root: OptionSchema, { reading: { trees } }: ReadProfile): boolean {
  const walk = (value: unknown, schemas: readonly OptionSchema[]): boolean => {
    if (value === undefined || value === null) return false;
    if (schemas.some(({ secret }) => secret === true)) return true;
    if (typeof value === 'string') return userInfoIn(value).length > 0;
    if (Array.isArray(value)) {
      const items = schemas.flatMap((schema) => (schema.items ? candidates(schema.items, root) : []));
      return value.some((item) => walk(item, items));
    }
    if (!isMap(value)) return false;
    return Object.entries(value).some(([key, entry]) =>
      walk(
        entry,
        propertyCandidates(schemas, key).flatMap((inner) => candidates(inner, root)),
      ),
    );
  };
  const outside = trees ? [...outsideByPlace(trees.resolved, trees.merged).keys()] : [];
  const prefix = `${['pipeline', id].reduce(pointerTo, '')}/`;
  return walk(options, candidates(root, root)) || outside.some((pointer) => pointer.startsWith(prefix));
}

/** A default is as written in a file; the resolved value may be a number of milliseconds or bytes. */
function isSame({ default: written, unit }: OptionSchema, resolved: unknown): boolean {
  const value = unit && typeof written === 'string' ? parseUnit(unit, written) : written;
  return isDeepStrictEqual(value, resolved);
}

function ofTop(before: ReadProfile, after: ReadProfile): Fenced[] {
  const { control: old, plugins: oldPlugins } = before.profile;
  const { control, plugins } = after.profile;
  const changed = [
    ...(old === control ? [] : ['control']),
    ...(isDeepStrictEqual(oldPlugins, plugins) ? [] : ['plugins']),
  ];
  return changed.map((path) => ({
    path,
    message: `"${path}" gives power over this machine; ${MACHINE}.`,
    ...placed(topPlace(after, path) ?? topPlace(before, path)),
  }));
}

/** A secret of the machine in a new place would be shown or sent there. */
function ofOutside(before: ReadProfile, after: ReadProfile): Fenced[] {
  const [old, next] = [before, after].map(({ reading: { trees } }) =>
    trees ? outsideByPlace(trees.resolved, trees.merged) : new Map<string, string>(),
  ) as [ReadonlyMap<string, string>, ReadonlyMap<string, string>];
  const found: Fenced[] = [];
  for (const pointer of new Set([...old.keys(), ...next.keys()])) {
    const [was, is] = [old.get(pointer), next.get(pointer)];
    if (was === is) continue;
    const [top = '', id = '', ...rest] = pointer.split('/').slice(1).map(unescaped);
    const inNode = top === 'pipeline';
    // A reference may disappear together with its node.
    if (inNode && !after.profile.nodes.has(id)) continue;
    const path = inNode ? rest.join('.') : [top, id, ...rest].filter((step) => step !== '').join('.');
    const tree = after.reading.trees && locate(after.reading.trees.resolved, pointer)?.tree;
    const message = `"${path}" reads ${is ?? was} from this machine; ${MACHINE}.`;
    found.push({ ...(inNode ? { node: id } : {}), path, message, ...placed(tree && placeOf(tree.range)) });
  }
  return found;
}

const placed = (place: Place | undefined): { readonly place?: Place } => (place ? { place } : {});

function placeAt({ reading: { trees } }: ReadProfile, id: string, path: string): Place | undefined {
  const steps = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  // The option itself, or the closest entry that contains it.
  for (let length = steps.length; length >= 0 && trees; length--) {
    const pointer = ['pipeline', id, ...steps.slice(0, length)].reduce(pointerTo, '');
    const found = locate(trees.resolved, pointer);
    if (found) return placeOf(found.key ?? found.tree.range);
  }
  return undefined;
}

const topPlace = ({ reading: { trees } }: ReadProfile, key: string): Place | undefined => {
  const found = trees?.resolved.entries.get(key);
  return found && placeOf(found.key);
};

const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

const own = (value: unknown, key: string): unknown =>
  isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function unique(found: readonly Fenced[]): Fenced[] {
  const keys = new Set<string>();
  return found.filter(({ node = '', path }) => {
    const key = `${node}\0${path}`;
    return !keys.has(key) && keys.add(key);
  });
}
