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
  let left = violations.filter((violation) => !isInside(violation, /\/propertyNames\//) && violation.keyword !== 'if');
  const choices = left
    .filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length);
  for (const choice of choices) {
    if (!left.includes(choice)) continue;
    const prefix = `${choice.schemaPath}/`;
    const inside = left.filter(
      (violation) => violation.schemaPath.startsWith(prefix) && isAt(violation, choice.instancePath),
    );
    left = left.filter((violation) => violation !== choice && !inside.includes(violation));
    left.push(...settle(choice, inside, root, tree));
  }
  return left.map((violation) => exclusion(violation, root, tree));
}

function settle(choice: Violation, inside: readonly Violation[], root: OptionSchema, tree: Tree): Violation[] {
  const list = schemaAt(root, choice.schemaPath);
  const branches = (Array.isArray(list) ? (list as readonly OptionSchema[]) : []).map((branch) => deref(branch, root));
  const value = locate(tree, choice.instancePath)?.tree;
  if (!value || branches.length === 0) return [choice];
  const required = branches.map((branch) => branch.required ?? []);
  if (required.every((names) => names.length > 0) && value.kind === 'map') {
    const names = [...new Set(required.flatMap((options) => options.slice(0, 1)))];
    const present = names.filter((name) => entryOf(value, name));
    if (names.length > 1 && present.length === 0) return [{ ...choice, keyword: 'one of', params: { names } }];
    if (present.length > 1 && branches.every((branch) => !branch.properties)) {
      return [{ ...choice, keyword: 'only one of', params: { names: present } }];
    }
  }
  const typed = branches
    .map((branch, index) => ({ branch, own: inside.filter((violation) => inBranch(violation, choice, index)) }))
    .filter(({ branch }) => hasType(value, branchTypes(branch)));
  const intended =
    typed.length === 1
      ? typed
      : typed.filter(({ own }) => !own.some((violation) => isTag(violation, choice.instancePath)));
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
  return constants.flatMap((constant): JsonType[] =>
    typeof constant === 'string' || typeof constant === 'number' || typeof constant === 'boolean'
      ? [typeof constant as 'string']
      : [],
  );
}

/** `not: {required: [a, b]}` means that a and b exclude each other. */
function exclusion(violation: Violation, root: OptionSchema, tree: Tree): Violation {
  if (violation.keyword !== 'not') return violation;
  const not = schemaAt(root, violation.schemaPath);
  const value = locate(tree, violation.instancePath)?.tree;
  const names = not?.required ?? [];
  return names.length > 1 && names.every((name) => entryOf(value, name))
    ? { ...violation, keyword: 'only one of', params: { names } }
    : violation;
}

const isInside = (violation: Violation, part: RegExp): boolean => part.test(violation.schemaPath);

const isAt = (violation: Violation, path: string): boolean =>
  violation.instancePath === path || violation.instancePath.startsWith(`${path}/`);

const inBranch = (violation: Violation, choice: Violation, index: number): boolean =>
  violation.schemaPath.startsWith(`${choice.schemaPath}/${index}/`);

/** A constant or type one level down that identifies another branch. */
const isTag = (violation: Violation, path: string): boolean =>
  ['const', 'enum'].includes(violation.keyword) &&
  violation.instancePath.startsWith(`${path}/`) &&
  violation.instancePath.slice(path.length + 1).split('/').length === 1;
