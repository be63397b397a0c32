// Of a failed choice, what is worth telling: the branch that was meant, names to choose from, or the types.

import t from 'tap';
import { createCompiler } from '../../../../core/catalog/ajv.ts';
import type { OptionSchema } from '../../../../core/contract/schema.ts';
import { relevant } from '../../../../core/profile/check/branches.ts';
import { toValue } from '../../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';

const compiler = createCompiler();

/** "place keyword parameters" of each violation that is left. */
async function left(schema: OptionSchema, text: string): Promise<string[]> {
  const { tree } = parseYaml('a.yaml', text);
  if (!tree) throw new Error('the text is good');
  const validate = await compiler.compile(schema as Parameters<typeof compiler.compile>[0], true);
  return relevant(validate(toValue(tree)), schema, tree).map(({ instancePath, keyword, params }) => {
    const { names, types, missingProperty, additionalProperty, limit } = params;
    return [instancePath, keyword, names ?? types ?? missingProperty ?? additionalProperty ?? limit]
      .flat()
      .join(' ')
      .trimEnd();
  });
}

const text: OptionSchema = { type: 'string', minLength: 3 };
const map: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['key'],
  properties: { key: { type: 'string' }, size: { type: 'integer', minimum: 1 } },
};

t.test('a choice of types', async (t) => {
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const schema: OptionSchema = { [keyword]: [{ const: false }, text, map] };

    t.same(await left(schema, '5'), [' type boolean string object'], keyword);
    t.same(await left(schema, 'ab'), [' minLength 3']);
    t.same(await left(schema, '{ size: 0 }'), [' required key', '/size minimum 1']);
    t.same(await left(schema, '{ key: x, more: 1 }'), [' additionalProperties more']);
    t.same(await left(schema, 'true'), [' const']);
    t.same(await left(schema, 'abc'), []);
    t.same(await left(schema, '{ key: x }'), []);
  }
});

t.test('constants have types too', async (t) => {
  t.same(await left({ oneOf: [{ const: 1 }, { enum: ['a', 'b'] }] }, 'true'), [' type number string']);
  t.same(await left({ oneOf: [{ const: false }, { type: ['integer', 'array'] }] }, 'x'), [
    ' type boolean integer array',
  ]);
  t.same(await left({ oneOf: [{ enum: ['a', 'b'] }, { type: 'integer' }] }, 'c'), [' enum']);
});

t.test('a choice of options that must be there', async (t) => {
  const schema: OptionSchema = {
    type: 'object',
    oneOf: [{ required: ['connect'] }, { required: ['listen', 'more'] }, { required: ['device'] }],
  };

  t.same(await left(schema, '{}'), [' one of connect listen device']);
  t.same(await left(schema, '{ connect: 1, device: 2 }'), [' only one of connect device']);
  t.same(await left(schema, '{ connect: 1 }'), []);
  t.same(await left({ type: 'object', anyOf: [{ required: ['a'] }] }, '{}'), [' required a']);
});

t.test(
  'of several branches for maps the one whose constants fit is meant, then the one with the fewest faults',
  async (t) => {
    const schema: OptionSchema = {
      oneOf: [
        {
          type: 'object',
          required: ['is', 'a'],
          additionalProperties: false,
          properties: { is: { const: 'one' }, a: { type: 'integer' } },
        },
        {
          type: 'object',
          required: ['is', 'b', 'c'],
          additionalProperties: false,
          properties: { is: { enum: ['two'] }, b: { type: 'integer' }, c: { type: 'integer' } },
        },
      ],
    };

    t.same(await left(schema, '{ is: one, a: x }'), ['/a type']);
    t.same(await left(schema, '{ is: two, a: 1 }'), [' required b', ' required c', ' additionalProperties a']);
    t.same(await left(schema, '{ is: three, a: 1 }'), [' oneOf']);
    const lists: OptionSchema = {
      oneOf: [
        { type: 'array', items: { type: 'integer' } },
        { type: 'array', minItems: 3, items: { type: 'string' } },
      ],
    };
    t.same(await left(lists, '[a, b, 1]'), ['/2 type']);
    t.same(await left(lists, '[1, 2, 3, a]'), ['/3 type']);
  },
);

t.test('a choice deep inside, and a choice inside of a choice', async (t) => {
  const schema: OptionSchema = {
    type: 'object',
    properties: {
      list: { type: 'array', items: { oneOf: [{ type: 'string' }, { oneOf: [{ const: false }, map] }] } },
      list2: { type: 'integer' },
    },
  };

  t.same(await left(schema, '{ list: [a, { key: 1 }, { size: 0 }], list2: x }'), [
    '/list2 type',
    '/list/1/key type',
    '/list/2 required key',
    '/list/2/size minimum 1',
  ]);
});

t.test('options that exclude each other, conditions and names', async (t) => {
  t.same(await left({ type: 'object', not: { required: ['a', 'b'] } }, '{ a: 1, b: 2 }'), [' only one of a b']);
  t.same(await left({ type: 'object', not: { required: ['a'] } }, '{ a: 1 }'), [' not']);
  t.same(
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    await left({ type: 'object', if: { required: ['a'] }, then: { required: ['b'] } }, '{ a: 1 }'),
    [' required b'],
  );
  t.same(
    await left({ type: 'object', propertyNames: { type: 'string', maxLength: 2 } } as OptionSchema, '{ long: 1 }'),
    [' propertyNames'],
  );
});

t.test('a choice between options is one only where every branch needs an option', async (t) => {
  const two: OptionSchema[] = [
    { type: 'object', required: ['a', 'more'] },
    { type: 'object', required: ['b'] },
  ];

  t.same(await left({ oneOf: two }, '{}'), [' one of a b']);
  t.same(await left({ oneOf: two }, '5'), [' type object']);
  t.same(await left({ anyOf: two }, '{ a: 1, z: 1 }'), [' required more'], 'the one that is there is meant');
  t.same(await left({ oneOf: [...two, { type: 'object', minProperties: 1 }] }, '{}'), [' required b']);
});

t.test('other mistakes at the place of a choice are kept', async (t) => {
  const schema: OptionSchema = {
    type: 'object',
    properties: { size: { type: 'integer', minimum: 1 } },
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
  };

  t.same(await left(schema, '{ size: 0 }'), ['/size minimum 1', ' one of a b']);
});

t.test('a value that fits two branches fits the choice as little as one that fits none', async (t) => {
  t.same(await left({ oneOf: [{ type: 'string' }, { type: 'string', minLength: 1 }] }, 'x'), [' oneOf']);
});

t.test('a constant further inside does not select the branch', async (t) => {
  const inner: OptionSchema = { type: 'object', properties: { deep: { const: 1 } } };
  const schema: OptionSchema = {
    oneOf: [
      { type: 'object', required: ['in'], properties: { in: inner } },
      { type: 'object', required: ['x', 'y'] },
    ],
  };

  t.same(await left(schema, '{ in: { deep: 2 } }'), ['/in/deep const']);
});
