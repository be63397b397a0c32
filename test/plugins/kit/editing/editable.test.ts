// The options of a node that a page may set, from the marks and the types of its schema.

import t from 'tap';
import type { PortName } from '../../../../core/contract/ports.ts';
import type { EditableOption } from '../../../../core/contract/profile.ts';
import type { OptionSchema } from '../../../../core/contract/schema.ts';
import { editableOptions } from '../../../../plugins/kit/editing/editable.ts';
import { checkedNodes } from '../../../support/checked-node.ts';

const PROVIDED: Readonly<Record<string, readonly PortName[]>> = {
  cam: ['frames'],
  keep: ['frames', 'stills'],
  page: [],
};
const NODES = new Map(
  [...checkedNodes(Object.fromEntries(Object.entries(PROVIDED).map(([id, provides]) => [id, { provides }])))].map(
    ([id, { spec }]) => [id, spec],
  ),
);

const options = (root: OptionSchema) => editableOptions(root, NODES);
const names = (root: OptionSchema): string[] => Object.keys(options(root));
/** A schema of one option "it", and the description of that option for a page. */
const one = (it: OptionSchema, root: OptionSchema = {}): EditableOption | undefined =>
  options({ ...root, properties: { it } }).it;
const PLAIN = { description: '', types: [], required: false };

t.test('only options with a mark are shown, and none that gives power', (t) => {
  const cases: readonly (readonly [OptionSchema, boolean])[] = [
    [{ editable: true }, true],
    [{ editable: { pattern: '^a' } }, true],
    [{}, false],
    [{ editable: false }, false],
    [{ editable: true, secret: false, parse: false }, true],
    [{ editable: true, secret: true }, false],
    [{ editable: true, parse: true }, false],
    [{ editable: true, route: 'on' }, false],
    [{ editable: true, claim: 'address' }, false],
    [{ editable: true, claim: 'socket' }, false],
    [{ editable: true, claim: 'folder' }, false],
    [{ editable: true, claim: 'device' }, true],
    [{ editable: true, format: 'address' }, false],
    [{ editable: true, format: 'cron' }, true],
    [{ editable: true, oneOf: [{ type: 'string' }, { type: 'string', secret: true }] }, false],
    [{ type: 'string', oneOf: [{ editable: true }, {}] }, true],
  ];
  for (const [schema, shown] of cases) t.equal(one(schema) !== undefined, shown, JSON.stringify(schema));
  t.end();
});

t.test('the page receives each part of a schema, without missing ones', (t) => {
  const cases: readonly (readonly [OptionSchema, Partial<EditableOption>])[] = [
    [{}, {}],
    [{ description: 'How wide.' }, { description: 'How wide.' }],
    [{ type: 'integer' }, { types: ['integer'] }],
    [{ type: ['string', 'integer'] }, { types: ['string', 'integer'] }],
    [
      { type: 'string', oneOf: [{ type: 'string' }, { type: 'boolean' }], anyOf: [{ type: 'null' }] },
      { types: ['string', 'boolean', 'null'] },
    ],
    [{ default: 5 }, { default: 5 }],
    [{ default: false }, { default: false }],
    [{ default: '' }, { default: '' }],
    [{ enum: ['a', 1] }, { enum: ['a', 1] }],
    [{ minimum: 0 }, { minimum: 0 }],
    [{ maximum: 0 }, { maximum: 0 }],
    [
      { minimum: -1, maximum: 9 },
      { minimum: -1, maximum: 9 },
    ],
    [{ pattern: '^a+$' }, { pattern: '^a+$' }],
    [{ pattern: '^a+$', editable: { pattern: '^aa$' } }, { pattern: '^aa$' }],
    [{ reference: { ports: ['frames'] } }, { nodes: ['cam', 'keep'] }],
    [{ reference: { ports: ['frames', 'stills'] } }, { nodes: ['keep'] }],
    [{ reference: { ports: ['server'] } }, { nodes: [] }],
    [{ propertyNames: { examples: ['roll', 7] } }, { names: ['roll', '7'] }],
    [{ propertyNames: { pattern: '^a' } }, {}],
  ];
  for (const [schema, expected] of cases)
    t.strictSame(one({ editable: true, ...schema }), { ...PLAIN, ...expected }, JSON.stringify(schema));
  t.end();
});

t.test('of several branches, the one with the mark describes the option', (t) => {
  const marked = { type: 'integer', editable: true, description: 'Marked.', minimum: 3 } as const;

  t.strictSame(one({ description: 'Around.', minimum: 1, oneOf: [{ const: false }, marked] }), {
    ...PLAIN,
    description: 'Marked.',
    types: ['integer'],
    minimum: 3,
  });
  t.end();
});

t.test('an option is required if any branch requires it', (t) => {
  const it: OptionSchema = { editable: true };
  const cases: readonly (readonly [OptionSchema, boolean])[] = [
    [{}, false],
    [{ required: ['other'] }, false],
    [{ required: ['other', 'it'] }, true],
    [{ oneOf: [{ required: ['it'] }, { required: ['other'] }] }, true],
  ];
  for (const [root, required] of cases) t.equal(one(it, root)?.required, required, JSON.stringify(root));
  t.end();
});

t.test('options of all branches are shown, including those behind references', (t) => {
  const root: OptionSchema = {
    $defs: { size: { type: 'integer', editable: true, minimum: 16 }, key: { editable: true, secret: true } },
    properties: { width: { $ref: '#/$defs/size' }, key: { $ref: '#/$defs/key' } },
    oneOf: [{ properties: { height: { $ref: '#/$defs/size', minimum: 32 } } }, { properties: { depth: {} } }],
    if: { properties: { asked: { editable: true } } },
    else: { properties: { late: { editable: true } } },
  };

  t.same(names(root), ['width', 'height', 'late']);
  t.match(options(root), { width: { minimum: 16, types: ['integer'] }, height: { minimum: 32 } });
  t.end();
});

t.test('inside a map, each property needs a mark of its own, and the map lists the required ones', (t) => {
  const inner: OptionSchema = {
    required: ['width'],
    properties: {
      width: { type: 'integer', editable: true },
      label: { type: 'string', editable: true },
      command: { type: 'string' },
      key: { type: 'string', editable: true, secret: true },
    },
  };
  const width = { ...PLAIN, types: ['integer'], required: true };
  const label = { ...PLAIN, types: ['string'] };

  t.strictSame(one({ type: 'object', editable: true, ...inner })?.properties, { width, label });
  t.equal(one({ type: 'object', editable: true, properties: { command: {} } })?.properties, undefined);
  t.equal(one({ type: 'string', editable: true, ...inner })?.properties, undefined, 'only for a map');
  t.strictSame(
    one({ editable: true, oneOf: [{ type: 'boolean' }, { type: 'object', ...inner }] }),
    { ...PLAIN, types: ['boolean', 'object'], properties: { width, label } },
    'a map among other types',
  );
  t.end();
});

t.test('entries with names of the user need no mark, and are omitted if they give power', (t) => {
  const entries = (additionalProperties: boolean | OptionSchema, more: OptionSchema = { type: 'object' }) =>
    one({ editable: true, additionalProperties, ...more })?.entries;
  const number = { ...PLAIN, types: ['number'] };

  t.strictSame(entries({ type: 'number' }), number);
  t.strictSame(entries({ $ref: '#/properties/it/oneOf/0' }, { type: 'object', oneOf: [{ type: 'number' }] }), number);
  t.strictSame(
    entries({ description: 'Of each.', oneOf: [{ type: 'number', minimum: 1 }] }),
    { ...number, description: 'Of each.' },
    'the entry itself describes it, not its branches',
  );
  t.equal(entries(true), undefined);
  t.equal(entries(false), undefined);
  t.equal(entries({ type: 'string', secret: true }), undefined);
  t.equal(entries({ oneOf: [{ type: 'string' }, { format: 'address' }] }), undefined);
  t.equal(entries({ type: 'number' }, { type: 'array' }), undefined, 'only for a map');
  t.strictSame(entries({ type: 'object', properties: { on: { editable: true }, off: {} } }), {
    ...PLAIN,
    types: ['object'],
    properties: { on: PLAIN },
  });
  t.strictSame(entries({ type: 'object', additionalProperties: { type: 'number' } }), {
    ...PLAIN,
    types: ['object'],
    entries: number,
  });
  t.end();
});

t.test('a schema that refers to itself ends after eight maps', (t) => {
  const depth = (option: EditableOption | undefined, step: (from: EditableOption) => EditableOption | undefined) => {
    let count = 0;
    for (let at = option; at; at = step(at)) count++;
    return count;
  };
  const node: OptionSchema = {
    type: 'object',
    editable: true,
    properties: { next: { $ref: '#/properties/it' } },
  };
  const map: OptionSchema = { type: 'object', editable: true, additionalProperties: { $ref: '#/properties/it' } };

  t.equal(
    depth(one(node), ({ properties }) => properties?.next),
    9,
  );
  t.equal(
    depth(one(map), ({ entries }) => entries),
    9,
  );
  t.end();
});
