// Turns a validator's findings into problems with places and help, one per mistake.

import { closest } from '../../base/closest.ts';
import { checkFormat } from '../../base/formats.ts';
import { UNIT_EXAMPLES } from '../../base/units.ts';
import type { Violation } from '../../catalog/validator.ts';
import type { Problem, ProblemCode } from '../../contract/problems.ts';
import type { JsonType, OptionSchema } from '../../contract/schema.ts';
import { optionName, orWords, quoted, shown, typeWords } from '../phrasing.ts';
import { entryOf, locate, poisonedPaths, problem, type SourceRange, type Tree } from '../source/tree.ts';
import { candidates, schemaAt, typesOf } from '../values/schema-walk.ts';
import { relevant } from './branches.ts';
import { optionMeant, shapeHint } from './hints.ts';

/** The owner of the value, for messages. */
export interface Subject {
  /** "source/tcp", "A profile". */
  readonly owner: string;
  /** "option", "key". */
  readonly noun: string;
  /** Position of the node's id: missing options are reported there. */
  readonly at: SourceRange;
}

export interface Explained {
  readonly problems: readonly Problem[];
  /** JSON Pointers to values about which a problem is already reported. */
  readonly bad: ReadonlySet<string>;
}

/** `violations`: those of `tree` against `schema`. */
export function explain(
  violations: readonly Violation[],
  tree: Tree,
  schema: OptionSchema,
  subject: Subject,
): Explained {
  const poisoned = poisonedPaths(tree);
  const bad = new Set(poisoned);
  const problems: Problem[] = [];
  const all = relevant(violations, schema, tree);
  const misspelt = new Set(all.flatMap((violation) => suggestion(violation, tree, schema) ?? []));
  for (const violation of all) {
    const { instancePath: path } = violation;
    // For the typo "conect", reports only the typo and not also that "connect" is missing.
    if (missingNames(violation).some((name) => misspelt.has(`${path} ${name}`))) continue;
    // A poisoned leaf may cause a fault at its own place or of a choice around it.
    const isConsequence = poisoned.some(
      (pointer) => pointer === path || path.startsWith(`${pointer}/`) || isChoice(violation, pointer),
    );
    if (isConsequence) continue;
    const found = describe(violation, tree, schema, subject);
    if (!found) continue;
    bad.add(path);
    problems.push(found);
  }
  // A missing or unknown property does not make the map that holds the others invalid.
  for (const { keyword, instancePath } of violations) {
    if (['required', 'additionalProperties', 'dependentRequired'].includes(keyword)) bad.delete(instancePath);
  }
  return { problems, bad };
}

const isChoice = ({ keyword, instancePath }: Violation, poison: string): boolean =>
  ['oneOf', 'anyOf', 'not', 'if'].includes(keyword) && poison.startsWith(`${instancePath}/`);

function describe(violation: Violation, root: Tree, schema: OptionSchema, subject: Subject): Problem | undefined {
  const { keyword, instancePath, params } = violation;
  const found = locate(root, instancePath);
  if (!found) return undefined;
  const { tree } = found;
  const holder = instancePath === '' ? subject.at : (found.key ?? tree.range);
  const name = optionName(instancePath);
  const own: OptionSchema =
    schemaAt(schema, violation.schemaPath.slice(0, violation.schemaPath.lastIndexOf('/'))) ?? {};
  const label = name === '' ? subject.owner : name;
  const report = (code: ProblemCode, message: string, at: SourceRange = tree.range): Problem =>
    problem(code, at, message);
  const value = own.secret ? 'the value' : shown(tree);

  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params[keyword === 'additionalProperties' ? 'additionalProperty' : 'unevaluatedProperty']);
      const at = entryOf(tree, key)?.key ?? holder;
      return report('unknown-option', unknownOption(key, own, tree, schema, name, subject), at);
    }
    case 'required':
    case 'dependentRequired': {
      const key = String(params.missingProperty);
      const where = name === '' ? subject.owner : `${subject.owner}: ${name}`;
      const because = keyword === 'dependentRequired' ? ` beside "${String(params.property)}"` : '';
      const about = firstSentence(own.properties?.[key]?.description);
      return report('missing-option', `${where} needs the ${subject.noun} "${key}"${because}${about}`, holder);
    }
    case 'type':
      return wrongType(tree, own, (params.types as JsonType[] | undefined) ?? typesOf(own), label, report, schema);
    case 'enum':
    case 'const': {
      const allowed = (keyword === 'enum' ? own.enum : [own.const]) ?? [];
      const names = allowed.map(String);
      const hint = tree.kind === 'leaf' && !own.secret ? closest(String(tree.value), names) : undefined;
      const help = hint && tree.kind === 'leaf' && tree.written === undefined ? `; did you mean "${hint}"?` : '.';
      // A number is written without quotes.
      const bare = allowed.length > 0 && allowed.every((one) => typeof one === 'number');
      if (bare && hint && names.includes(hint) && tree.kind === 'leaf' && String(tree.value) === hint) {
        return report('wrong-value', `${label}: ${value} is a text. Write ${label}: ${hint} without quotes.`);
      }
      if (bare) return report('wrong-value', `${label}: ${value} is not ${orWords(names)}.`);
      return report('wrong-value', `${label}: ${value} is not ${quoted(names)}${help}`);
    }
    case 'minimum':
    case 'exclusiveMinimum':
      return report('out-of-range', `${label}: ${value} is too small; it must be ${bound(params)}.`);
    case 'maximum':
    case 'exclusiveMaximum':
      return report('out-of-range', `${label}: ${value} is too large; it must be ${bound(params)}.`);
    case 'multipleOf':
      return report('out-of-range', `${label}: ${value} is not a multiple of ${String(params.multipleOf)}.`);
    case 'minLength':
      return report('out-of-range', `${label} is too short; it must have at least ${count(params, 'character')}.`);
    case 'maxLength':
      return report('out-of-range', `${label} is too long; it may have at most ${count(params, 'character')}.`);
    case 'minItems':
    case 'minProperties':
      return report('out-of-range', `${label} must have at least ${count(params, 'item')}.`);
    case 'maxItems':
    case 'maxProperties':
      return report('out-of-range', `${label} may have at most ${count(params, 'item')}.`);
    case 'uniqueItems':
      return report('wrong-value', `${label} has the same item twice.`);
    case 'pattern':
      return report(
        'wrong-value',
        own.form
          ? `${label}: ${value} is not ${own.form}.`
          : `${label}: ${value} is not valid${firstSentence(own.description)}`,
      );
    case 'propertyNames': {
      const key = String(params.propertyName);
      const at = entryOf(tree, key)?.key ?? holder;
      const about = own.description ?? own.propertyNames?.description;
      return report('bad-id', `"${key}" cannot be a name here${firstSentence(about)}`, at);
    }
    case 'one of':
      return report('missing-option', `${label} needs ${quoted(params.names as string[])}.`, holder);
    case 'only one of': {
      const names = params.names as string[];
      const second = entryOf(tree, names[1] ?? '')?.key ?? holder;
      return report('wrong-value', `${label} takes only one of ${quoted(names, 'and')}.`, second);
    }
    default:
      return report('wrong-value', `${label}: ${value} is not allowed here${firstSentence(own.description)}`);
  }
}

function wrongType(
  tree: Tree,
  schema: OptionSchema,
  types: readonly JsonType[],
  label: string,
  report: (code: ProblemCode, message: string) => Problem,
  root: OptionSchema,
): Problem {
  const unit = candidates(schema, root).find((one) => one.unit)?.unit;
  const number = tree.kind === 'leaf' && typeof tree.value === 'number' ? tree.value : undefined;
  if (unit && number !== undefined) {
    const guess = { duration: `${number}s`, size: `${number}MiB`, rate: `${number}/s` }[unit];
    const form = `write a ${unit} such as ${UNIT_EXAMPLES[unit]}`;
    return report('wrong-unit', `${label}: ${number} has no unit; ${form}. Did you mean ${guess}?`);
  }
  const wanted = typeWords(types);
  if (tree.kind === 'leaf' && tree.value === null)
    return report('wrong-type', `${label} is empty; it must be ${wanted}.`);
  const value = schema.secret ? 'the value' : shown(tree);
  const form =
    schema.format === undefined || number === undefined ? undefined : checkFormat(schema.format, String(number));
  if (form) return report('wrong-type', `${label}: ${value} ${form}.`);
  if (schema.form && tree.kind === 'leaf') return report('wrong-type', `${label}: ${value} is not ${schema.form}.`);
  const named = candidates(schema, root).find((one) => one.reference) ?? schema;
  return report('wrong-type', `${label}: ${value} is not ${wanted}.${shapeHint(tree, named, types)}`);
}

function unknownOption(
  key: string,
  own: OptionSchema,
  tree: Tree,
  root: OptionSchema,
  inside: string,
  { owner, noun }: Subject,
): string {
  const names = freeNames(own, tree, root);
  const where = inside === '' ? owner : `"${inside}" of ${owner}`;
  const hint = optionMeant(key, names, candidates(own, root));
  if (hint) return `${where} has no ${noun} "${key}"; did you mean "${hint}"?`;
  const list = names.length > 0 && names.length <= 8 ? `; it also takes ${quoted(names, 'and')}.` : '.';
  return `${where} has no ${noun} "${key}"${list}`;
}

/** Options that may be intended: known, and not set. */
function freeNames(own: OptionSchema, tree: Tree, root: OptionSchema): string[] {
  const all = candidates(own, root).flatMap(({ properties }) => Object.keys(properties ?? {}));
  return [...new Set(all)].filter((name) => entryOf(tree, name) === undefined);
}

/** For an unknown option: its path and the probably intended name. */
function suggestion(violation: Violation, root: Tree, schema: OptionSchema): string | undefined {
  if (violation.keyword !== 'additionalProperties') return undefined;
  const tree = locate(root, violation.instancePath)?.tree;
  if (!tree) return undefined;
  const own = ownerOf(violation, schema);
  const name = optionMeant(
    String(violation.params.additionalProperty),
    freeNames(own, tree, schema),
    candidates(own, schema),
  );
  return name === undefined ? undefined : `${violation.instancePath} ${name}`;
}

function missingNames({ keyword, params }: Violation): string[] {
  if (keyword === 'required') return [String(params.missingProperty)];
  return keyword === 'one of' ? (params.names as string[]) : [];
}

/** The schema that has the violated keyword. */
const ownerOf = ({ schemaPath }: Violation, schema: OptionSchema): OptionSchema =>
  schemaAt(schema, schemaPath.slice(0, schemaPath.lastIndexOf('/'))) ?? {};

const count = (params: Readonly<Record<string, unknown>>, what: string): string =>
  `${String(params.limit)} ${what}${params.limit === 1 ? '' : 's'}`;

const WORDS: Readonly<Record<string, string>> = {
  '>=': 'at least',
  '<=': 'at most',
  '>': 'more than',
  '<': 'less than',
};
const bound = (params: Readonly<Record<string, unknown>>): string =>
  `${WORDS[String(params.comparison)] ?? ''} ${String(params.limit)}`;

/** The first sentence of a description as ": …", or ".". */
function firstSentence(description: string | undefined): string {
  const sentence = /^(.*?[.!?])(?:\s|$)/s.exec(description ?? '')?.[1];
  return sentence ? `: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : '.';
}
