// Which parts of a schema apply to a value: references, branches and properties.

import t from 'tap';
import type { OptionSchema } from '../../../../core/contract/schema.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import {
  applicable,
  candidates,
  deref,
  hasType,
  schemaAt,
  typeOf,
  typesOf,
} from '../../../../core/profile/values/schema-walk.ts';

function tree(text: string) {
  const { tree: parsed } = parseYaml('a.yaml', text);
  if (!parsed) throw new Error('the text is good');
  return parsed;
}

/** The titles of the schemas that apply. */
const applying = (schema: OptionSchema, text: string): string[] =>
  applicable(schema, tree(text), schema).flatMap(({ title }) => title ?? []);

t.test('a reference is followed, and what stands beside it comes first', (t) => {
  const root = {
    definitions: {
      a: { title: 'a', minLength: 1 },
      b: { $ref: '#/definitions/a', minLength: 2 },
      'x/y': { title: 'xy' },
    },
  } as OptionSchema;

  t.same(deref({ $ref: '#/definitions/b', maxLength: 3 }, root), { title: 'a', minLength: 2, maxLength: 3 });
  t.same(deref({ $ref: '#/definitions/x~1y' }, root), { title: 'xy' });
  t.same(deref({ $ref: '#/definitions/none' }, root), { $ref: '#/definitions/none' });
  t.same(deref({ title: 'own' }, root), { title: 'own' });
  t.equal(schemaAt({ default: null } as OptionSchema, '#/default/x'), undefined, 'nothing is below null');
  const chain = Object.fromEntries(
    Array.from({ length: 17 }, (_, step) => [
      step,
      step === 0 ? { title: 'end' } : { $ref: `#/definitions/${step - 1}` },
    ]),
  );
  const steps = (first: number) => deref({ $ref: `#/definitions/${first}` }, { definitions: chain } as OptionSchema);
  t.same(steps(15), { title: 'end' }, 'sixteen references');
  t.same(steps(16), { $ref: '#/definitions/0' }, 'and no more');
  const endless = { definitions: { c: { $ref: '#/definitions/c' } } } as OptionSchema;
  t.ok(deref({ $ref: '#/definitions/c' }, endless), 'a circle ends');
  t.equal(schemaAt(root, '#/definitions/a/title'), undefined, 'a text is no schema');
  t.equal(schemaAt(root, '#/definitions/toString'), undefined);
  t.equal(schemaAt(root, '#'), root);
  t.end();
});

t.test('all branches of a schema are candidates', (t) => {
  const schema: OptionSchema = {
    title: 'own',
    allOf: [{ title: 'all' }],
    oneOf: [{ title: 'one', anyOf: [{ title: 'inner' }] }],
    anyOf: [{ title: 'any' }],
    if: { title: 'if' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { title: 'then' },
    else: { title: 'else' },
  };

  t.same(
    candidates(schema, schema).map(({ title }) => title),
    ['own', 'all', 'one', 'inner', 'any', 'then', 'else'],
  );
  t.end();
});

t.test('a schema that contains itself is gone into sixteen times', (t) => {
  const schema: OptionSchema = { title: 'own', allOf: [{ $ref: '#' }] };

  t.equal(candidates(schema, schema).length, 18);
  t.equal(applying(schema, '{}').length, 18);
  t.end();
});

t.test('of a choice the first branch that fits the value applies', (t) => {
  const branches: OptionSchema[] = [
    { title: 'false', type: 'boolean', const: false },
    { title: 'word', type: 'string', enum: ['on', 'off'] },
    { title: 'whole', type: 'integer', not: { const: 7 } },
    { title: 'number', type: ['number', 'null'] },
    {
      title: 'closed',
      type: 'object',
      additionalProperties: false,
      required: ['a'],
      properties: { a: { type: 'integer' } },
    },
    { title: 'open', type: 'object', required: ['b'], properties: { a: { type: 'string' } } },
    { title: 'checked', type: 'object', allOf: [{ required: ['c'] }, { required: ['d'] }] },
    { title: 'numbers', type: 'array', items: { type: 'number' } },
    { title: 'list', type: 'array' },
  ];
  const rows: readonly (readonly [text: string, title?: string])[] = [
    ['false', 'false'],
    ['true'],
    ['on', 'word'],
    ['other'],
    ['5', 'whole'],
    ['7', 'number'],
    ['1.5', 'number'],
    ['~', 'number'],
    ['{ a: 1 }', 'closed'],
    ['{ a: 1, b: 2 }'],
    ['{ b: 2 }', 'open'],
    ['{ a: x, b: 2 }', 'open'],
    ['{}'],
    ['{ c: 1 }'],
    ['{ c: 1, d: 2 }', 'checked'],
    ['[1, 2]', 'numbers'],
    ['[1, x]', 'list'],
    ['[]', 'numbers'],
  ];
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    for (const [text, title] of rows) {
      t.same(
        applying({ title: 'own', [keyword]: branches }, text),
        title === undefined ? ['own'] : ['own', title],
        text,
      );
    }
  }
  t.end();
});

t.test('conditions, and what applies in any case', (t) => {
  const schema: OptionSchema = {
    title: 'own',
    allOf: [{ title: 'all', oneOf: [{ title: 'text', type: 'string' }] }],
    if: { required: ['a'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { title: 'then' },
    else: { title: 'else' },
  };

  t.same(applying(schema, '{ a: 1 }').sort(), ['all', 'own', 'then']);
  t.same(applying(schema, '{ b: 1 }').sort(), ['all', 'else', 'own']);
  t.ok(applying(schema, 'word').includes('text'));
  t.end();
});

t.test('types', (t) => {
  const rows = [
    ['{}', 'object'],
    ['[]', 'array'],
    ['~', 'null'],
    ['5', 'integer'],
    ['5.5', 'number'],
    ['x', 'string'],
    ['true', 'boolean'],
  ] as const;
  for (const [text, type] of rows) {
    t.equal(typeOf(tree(text)), type);
    t.equal(hasType(tree(text), [type]), true);
    t.equal(hasType(tree(text), []), true);
    t.equal(hasType(tree(text), ['number']), type === 'number' || type === 'integer', text);
  }
  t.equal(hasType(tree('5.5'), ['integer']), false);
  t.same(
    [typesOf({}), typesOf({ type: 'string' }), typesOf({ type: ['string', 'null'] })],
    [[], ['string'], ['string', 'null']],
  );
  t.end();
});
