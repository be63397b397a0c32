// Permission to change an option: the class from its schema, and the class of a whole plugin.

import t from 'tap';
import type { OptionSchema, PluginSchema, Power } from '../../../../../core/contract/schema.ts';
import { isFenced, powerOf, unclassified } from '../../../../../plugins/kit/editing/power/class.ts';

t.test('the strictest class of all branches counts, then the one around it, then the machine', (t) => {
  const cases: readonly (readonly [classes: readonly (Power | undefined)[], around: Power | undefined, Power])[] = [
    [[], undefined, 'machine'],
    [[undefined], undefined, 'machine'],
    [[], 'none', 'none'],
    [[undefined], 'path', 'path'],
    [['none'], 'machine', 'none'],
    [['none', 'target'], undefined, 'target'],
    [['path', 'target'], undefined, 'path'],
    [['none', 'path', 'machine', 'target'], 'none', 'machine'],
    [[undefined, 'none'], undefined, 'none'],
  ];
  for (const [classes, around, power] of cases) {
    const schemas = classes.map((own): OptionSchema => (own ? { power: own } : {}));
    t.equal(powerOf(schemas, around), power, JSON.stringify([classes, around]));
  }
  t.end();
});

t.test('a plugin of the machine is fenced as a whole, and so is one without a schema', (t) => {
  const schema: PluginSchema = { title: 'a/b', summary: '', description: '' };

  t.equal(isFenced(undefined), true);
  t.equal(isFenced({ ...schema, power: 'machine' }), true);
  t.equal(isFenced({ ...schema, power: 'none' }), false);
  t.equal(isFenced(schema), false);
  t.end();
});

t.test('options without a class are found at any place', (t) => {
  const text: OptionSchema = { type: 'string' };
  const map = (properties: Readonly<Record<string, OptionSchema>>, more: OptionSchema = {}): OptionSchema => ({
    power: 'none',
    ...more,
    properties,
  });
  const cases: readonly (readonly [OptionSchema, readonly string[]])[] = [
    [{}, []],
    [map({ a: { power: 'none' }, b: text }), ['b']],
    [map({ a: {}, b: { const: 1 } }), []],
    [map({ a: map({ b: map({ c: text }) }) }), ['a.b.c']],
    [map({ a: map({ b: text }, { power: 'path' }) }), ['a.b']],
    [map({ a: map({ b: text }, { power: 'machine' }) }), []],
    [map({ a: { type: 'object', properties: { b: text } } }), ['a', 'a.b']],
    [{ patternProperties: { '^x': text } }, ['/^x/']],
    [map({ a: { power: 'none', additionalProperties: text } }), []],
    [map({ a: { power: 'none', additionalProperties: map({ b: text }) } }), ['a.*.b']],
    [map({ a: { power: 'none', additionalProperties: true } }), []],
    [map({ a: { power: 'none', items: text } }), []],
    [map({ a: { power: 'none', items: map({ b: text }) } }), ['a.[].b']],
    [map({ a: { type: 'string', oneOf: [{ power: 'none' }, text] } }), []],
    [{ oneOf: [map({ a: text }), map({ a: text, b: text })] }, ['a', 'b']],
    [{ ...map({ a: { $ref: '#/$defs/a' } }), $defs: { a: { power: 'none' } } }, []],
    [{ ...map({ a: { $ref: '#/$defs/a' } }), $defs: { a: text } }, ['a']],
  ];
  for (const [schema, missing] of cases) t.same(unclassified(schema), missing, JSON.stringify(schema));
  t.end();
});

t.test('a schema that refers to itself ends', (t) => {
  const node: OptionSchema = {
    power: 'none',
    properties: { next: { $ref: '#/$defs/node' }, bare: { type: 'string' } },
  };

  const missing = unclassified({ properties: { node: { $ref: '#/$defs/node' } }, $defs: { node } });

  t.ok(['node.bare', 'node.next.bare'].every((path) => missing.includes(path)));
  t.equal(missing.length, 8);
  t.end();
});
