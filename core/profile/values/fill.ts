// Turns a valid tree into plugin options with defaults, references, claims and routes for the planner.

import { checkFormat } from '../../base/formats.ts';
import { guessUnit, parseUnit, UNIT_EXAMPLES, type Unit } from '../../base/units.ts';
import type { Problem } from '../../contract/problems.ts';
import type { OptionKeywords, OptionSchema } from '../../contract/schema.ts';
import { optionName, shown } from '../phrasing.ts';
import {
  type Entry,
  fromValue,
  type Leaf,
  pointerTo,
  problem,
  type SourceRange,
  type Tree,
  toValue,
} from '../source/tree.ts';
import { applicable, propertySchema } from './schema-walk.ts';

/** One vocabulary keyword of a schema, found at an option. */
export interface Mark {
  /** "from", "users[0].password". */
  readonly option: string;
  /** The text; each item of a list has its own mark. */
  readonly text: string;
  /** The range of the leaf, or of the node's id if the value is a default. */
  readonly range: SourceRange;
  readonly given: boolean;
  readonly interpolated: boolean;
  /** A comment follows it that may be intended as part of it. */
  readonly cut: boolean;
  readonly keywords: OptionKeywords;
}

export interface Filled {
  readonly options: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  readonly marks: readonly Mark[];
  /** The values of options with `parse: true`, as given or by default. */
  readonly parse: Tree | undefined;
}

/** `bad`: pointers to values to skip, because a problem was already reported. */
export function fill(tree: Tree, schema: OptionSchema, at: SourceRange, bad: ReadonlySet<string>): Filled {
  const problems: Problem[] = [];
  const marks: Mark[] = [];
  let parse: Tree | undefined;

  function walk(value: Tree, own: OptionSchema, path: string, given: boolean, inherited: OptionKeywords): unknown {
    if (bad.has(path)) return toValue(value);
    const schemas = applicable(own, value, schema);
    const keywords = Object.assign({}, inherited, ...schemas.map(keywordsOf)) as OptionKeywords;
    if (keywords.parse) {
      parse = value;
      return toValue(value);
    }
    if (value.kind === 'list') {
      const items = schemas.find((one) => one.items)?.items ?? {};
      return value.items.map((item, index) => walk(item, items, pointerTo(path, index), given, keywords));
    }
    if (value.kind === 'map') return walkMap(value.entries, schemas, path, given, keywords);
    return typeof value.value === 'string' ? walkText(value, value.value, path, given, keywords) : value.value;
  }

  function walkMap(
    entries: ReadonlyMap<string, Entry>,
    schemas: readonly OptionSchema[],
    path: string,
    given: boolean,
    inherited: OptionKeywords,
  ): Readonly<Record<string, unknown>> {
    const result: [string, unknown][] = [];
    // Inside a map only `secret` is inherited: a secret map holds secrets.
    const passed: OptionKeywords = inherited.secret ? { secret: true } : {};
    for (const [key, entry] of entries) {
      const property = propertySchema(schemas, key) ?? {};
      result.push([key, walk(entry.value, property, pointerTo(path, key), given, passed)]);
    }
    for (const [key, property] of schemas.flatMap((one) => Object.entries(one.properties ?? {}))) {
      if (property.default === undefined || entries.has(key) || result.some(([done]) => done === key)) continue;
      result.push([key, walk(fromValue(property.default, at), property, pointerTo(path, key), false, passed)]);
    }
    return Object.fromEntries(result);
  }

  function walkText(leaf: Leaf, text: string, path: string, given: boolean, keywords: OptionKeywords): unknown {
    const option = optionName(path);
    const { unit, format, secret, reference, claim, route, exists } = keywords;
    if (secret || reference || claim || route || format || exists) {
      const interpolated = leaf.written !== undefined;
      marks.push({ option, text, range: leaf.range, given, interpolated, cut: leaf.cut !== undefined, keywords });
    }
    const value = secret ? 'the value' : shown(leaf);
    const wrong = format === undefined ? undefined : checkFormat(format, text);
    if (wrong) problems.push(problem('wrong-value', leaf.range, `${option}: ${value} ${wrong}.`));
    return unit === undefined ? text : amount(leaf, text, option, unit, keywords);
  }

  function amount(leaf: Leaf, text: string, option: string, unit: Unit, keywords: OptionKeywords): unknown {
    const { least, most, advised } = keywords;
    const number = parseUnit(unit, text);
    if (number === undefined) {
      const guess = leaf.written === undefined ? guessUnit(unit, text) : undefined;
      const hint = guess ? ` Did you mean ${guess}?` : '';
      const message = `${option}: ${shown(leaf)} is not a ${unit}; write one such as ${UNIT_EXAMPLES[unit]}.${hint}`;
      problems.push(problem('wrong-unit', leaf.range, message));
      return text;
    }
    const low = least === undefined ? undefined : parseUnit(unit, least);
    const high = most === undefined ? undefined : parseUnit(unit, most);
    if (low !== undefined && number < low) {
      problems.push(
        problem('out-of-range', leaf.range, `${option}: ${shown(leaf)} is too small; it must be at least ${least}.`),
      );
    } else if (high !== undefined && number > high) {
      problems.push(
        problem('out-of-range', leaf.range, `${option}: ${shown(leaf)} is too large; it may be at most ${most}.`),
      );
    } else if (advised !== undefined && number < (parseUnit(unit, advised) ?? 0)) {
      problems.push(
        problem('advice', leaf.range, `${option}: ${shown(leaf)} is allowed, but ${advised} or more is advised.`),
      );
    }
    return number;
  }

  const options = walk(tree, schema, '', true, {});
  return { options: options as Readonly<Record<string, unknown>>, problems, marks, parse };
}

const KEYWORDS = [
  'unit',
  'least',
  'most',
  'advised',
  'format',
  'reference',
  'secret',
  'claim',
  'route',
  'page',
  'exists',
  'parse',
] as const;

function keywordsOf(schema: OptionSchema): OptionKeywords {
  const found = KEYWORDS.filter((keyword) => schema[keyword] !== undefined).map((keyword) => [
    keyword,
    schema[keyword],
  ]);
  return Object.fromEntries(found) as OptionKeywords;
}
