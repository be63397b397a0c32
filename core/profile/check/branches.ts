// Selects the useful violations of a choice (oneOf, anyOf, if, not) to report. Pure.

import type { Violation } from '../../catalog/validator.ts';
import type { JsonType, OptionSchema } from '../../contract/schema.ts';
import { entryOf, locate, type Tree } from '../source/tree.ts';
import { deref, hasType, schemaAt, typesOf } from '../values/schema-walk.ts';

/**
 * A validator reports every branch of a failed choice. This keeps the violations of the intended branch only; a choice between options
 * becomes 'one of' or 'only one of' (params.names), a choice between types one 'type' violation.
 */
export function relevant(violations: readonly Violation[], root: OptionSchema, tree: Tree): Violation[] {
  let left = violations.filter((one) => !isInside(one, /\/propertyNames\//) && one.keyword !== 'if');
  const choices = left
    .filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length);
  for (const choice of choices) {
    if (!left.includes(choice)) continue;
    const prefix = `${choice.schemaPath}/`;
    const inside = left.filter((one) => one.schemaPath.startsWith(prefix) && isAt(one, choice.instancePath));
    left = left.filter((one) => one !== choice && !inside.includes(one));
    left.push(...settle(choice, inside, root, tree));
  }
  return left.map((one) => exclusion(one, root, tree));
}

function settle(choice: Violation, inside: readonly Violation[], root: OptionSchema, tree: Tree): Violation[] {
  const list = schemaAt(root, choice.schemaPath);
  const branches = (Array.isArray(list) ? (list as readonly OptionSchema[]) : []).map((one) => deref(one, root));
  const value = locate(tree, choice.instancePath)?.tree;
  if (!value || branches.length === 0) return [choice];
  const required = branches.map((branch) => branch.required ?? []);
  if (required.every((names) => names.length > 0) && value.kind === 'map') {
    const names = [...new Set(required.flatMap((one) => one.slice(0, 1)))];
    const present = names.filter((name) => entryOf(value, name));
    if (names.length > 1 && present.length === 0) return [{ ...choice, keyword: 'one of', params: { names } }];
    if (present.length > 1 && branches.every((branch) => !branch.properties)) {
      return [{ ...choice, keyword: 'only one of', params: { names: present } }];
    }
  }
  const typed = branches
    .map((branch, index) => ({ branch, own: inside.filter((one) => inBranch(one, choice, index)) }))
    .filter(({ branch }) => hasType(value, branchTypes(branch)));
  const intended =
    typed.length === 1 ? typed : typed.filter(({ own }) => !own.some((one) => isTag(one, choice.instancePath)));
  const best = intended.sort((a, b) => a.own.length - b.own.length)[0];
  if (best && best.own.length > 0) return relevant(best.own, root, tree);
  if (typed.length > 0) return [choice];
  const types = [...new Set(branches.flatMap(branchTypes))];
  return [{ ...choice, keyword: 'type', params: { types } }];
}

/** The types that a branch accepts, including those of its constants. */
function branchTypes(branch: OptionSchema): readonly JsonType[] {
  if (branch.type !== undefined) return typesOf(branch);
  const constants = branch.const === undefined ? (branch.enum ?? []) : [branch.const];
  return constants.flatMap((one): JsonType[] =>
    typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? [typeof one as 'string'] : [],
  );
}

/** `not: {required: [a, b]}` means that a and b exclude each other. */
function exclusion(one: Violation, root: OptionSchema, tree: Tree): Violation {
  if (one.keyword !== 'not') return one;
  const not = schemaAt(root, one.schemaPath);
  const value = locate(tree, one.instancePath)?.tree;
  const names = not?.required ?? [];
  return names.length > 1 && names.every((name) => entryOf(value, name))
    ? { ...one, keyword: 'only one of', params: { names } }
    : one;
}

const isInside = (one: Violation, part: RegExp): boolean => part.test(one.schemaPath);

const isAt = (one: Violation, path: string): boolean =>
  one.instancePath === path || one.instancePath.startsWith(`${path}/`);

const inBranch = (one: Violation, choice: Violation, index: number): boolean =>
  one.schemaPath.startsWith(`${choice.schemaPath}/${index}/`);

/** A constant or type one level down that identifies another branch. */
const isTag = (one: Violation, path: string): boolean =>
  ['const', 'enum'].includes(one.keyword) &&
  one.instancePath.startsWith(`${path}/`) &&
  one.instancePath.slice(path.length + 1).split('/').length === 1;
