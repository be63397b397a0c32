// Suggestions: for a value of the wrong shape, and for a name that means another one.

import t from 'tap';
import type { JsonType, OptionSchema } from '../../../../core/contract/schema.ts';
import { optionMeant, shapeHint } from '../../../../core/profile/check/hints.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';

function hint(text: string, types: readonly JsonType[], schema: OptionSchema = {}): string {
  const { tree } = parseYaml('a.yaml', text);
  if (!tree) throw new Error('the text is good');
  return shapeHint(tree, schema, types);
}

const PAIRS = ' Write { name: value }, or each "name: value" on a line of its own.';
const NAMES = ' Write names with values, name: value, without "-" or brackets.';

t.test('a value of another shape', (t) => {
  const rows: readonly (readonly [text: string, types: readonly JsonType[], said: string, schema?: OptionSchema])[] = [
    ['7', ['string'], ' Put it in quotes: "7".'],
    ['007', ['string'], ' Put it in quotes: "007".'],
    ['true', ['string', 'array'], ' Put it in quotes: "true".'],
    ['7', ['boolean'], ''],
    ['7', ['string'], ' YAML reads it as a number or as true or false: put it in quotes.', { secret: true }],
    ['x', ['string'], '', { secret: true }],
    ['7', ['array'], ' Write [7].'],
    ['7', ['array'], '', { secret: true }],
    ['x', ['array'], ' Write [x].'],
    ['a b', ['array'], ' Write [a, b].'],
    ['a host:80 5% b', ['array'], ' Write [a, "host:80", "5%", b].'],
    ['a  b', ['array'], ' Write ["…", "…"].'],
    ['"a\\"b"', ['array'], ' Write ["…", "…"].'],
    ['x'.repeat(60), ['array'], ` Write [${'x'.repeat(60)}].`],
    ['x'.repeat(61), ['array'], ' Write ["…", "…"].'],
    ['x', ['object'], PAIRS],
    ['x', ['object', 'array'], PAIRS],
    ['x', ['object', 'string'], ''],
    ['fast', ['object'], ' Write { speed: fast }.', { properties: { size: {}, speed: { enum: ['slow', 'fast'] } } }],
    ['odd', ['object'], PAIRS, { properties: { speed: { enum: ['slow', 'fast'] } } }],
    ['YES', ['boolean'], ' Write true.'],
    ['on', ['boolean', 'number'], ' Write true.'],
    ['off', ['boolean'], ' Write false.'],
    ['"false"', ['boolean'], ' Write false.'],
    ['yes', ['number'], ''],
    ['yesterday', ['boolean'], ''],
    ['"-1.5"', ['number'], ' Write -1.5 without quotes.'],
    ['"7"', ['integer'], ' Write 7 without quotes.'],
    ['"7"', ['boolean'], ''],
    ['"7x"', ['number'], ''],
    ['{ a: 1 }', ['string'], ''],
    ['{ a: 1 }', ['array'], ' Write […], or each "- item" on a line of its own.'],
    ['{ a: 1 }', ['array'], ' Write the id of a node.', { reference: { ports: ['frames'] } }],
    ['[a]', ['string'], ' Write a without brackets.'],
    ['[7]', ['number'], ' Write 7 without brackets.'],
    ['[a, b]', ['string'], ''],
    ['[a, b]', ['string'], ' It takes one node.', { reference: { ports: ['frames'] } }],
    ['[[a]]', ['string'], ''],
    ['[a]', ['object'], NAMES],
    ['[a]', ['object'], '', { secret: true }],
  ];
  for (const [text, types, said, schema] of rows)
    t.equal(hint(text, types, schema), said, `${text} for ${types.join()}`);
  t.end();
});

t.test('a known alias comes before a name that looks alike', (t) => {
  const schemas: OptionSchema[] = [
    { properties: { password: { aliases: ['pass', 'passed'] }, passes: {} } },
    { properties: { every: { aliases: ['interval'] } } },
  ];
  const meant = (key: string, names = ['passes', 'password', 'every']) => optionMeant(key, names, schemas);

  t.equal(meant('pass'), 'password');
  t.equal(meant('PASS'), 'password');
  t.equal(meant('interval'), 'every');
  t.equal(meant('pass', ['passes', 'every']), 'passes', 'the other one is there already');
  t.equal(meant('evry'), 'every');
  t.equal(meant('nonsense'), undefined);
  t.end();
});
