// Phrases for the options of a schema: their types, bounds and requirements.

import t from 'tap';
import type { OptionSchema } from '../../../../core/contract/schema.ts';
import { facts, typeOf } from '../../../../plugins/kit/reference/option.ts';

const typed = (schema: OptionSchema): string =>
  typeOf(schema, (part) => (part.$ref === undefined ? part : { type: 'integer' }));
const REFERENCE = { ports: ['frames', 'stills'] } as const;

t.test('a type is described by a phrase', (t) => {
  const cases: readonly (readonly [OptionSchema, string])[] = [
    [{ enum: ['a'] }, '`a`'],
    [{ enum: ['a', 'b'] }, '`a` or `b`'],
    [{ enum: ['a', 1, true] }, '`a`, `1` or `true`'],
    [{ enum: [] }, ''],
    [{ const: false }, '`false`'],
    [{ oneOf: [{ type: 'integer' }, { type: 'boolean' }] }, 'whole number or `true` or `false`'],
    [{ anyOf: [{ $ref: '#/x' }, { type: 'integer' }, { type: 'number' }] }, 'whole number or number'],
    [{ parse: true } as OptionSchema, 'parser'],
    [{}, 'text'],
    [{ type: 'string' }, 'text'],
    [{ type: 'string', format: 'cron' }, 'cron expression'],
    [{ type: 'string', format: 'unknown' }, 'text'],
    [{ type: 'string', unit: 'duration' }, 'duration'],
    [{ type: 'string', reference: REFERENCE } as OptionSchema, 'node'],
    [{ type: 'array', items: { type: 'string' } }, 'list (each: text)'],
    [{ type: 'array', items: { $ref: '#/x' } }, 'list (each: whole number)'],
    [{ type: ['string', 'array'], format: 'path' }, 'path or list (each: path)'],
    [{ type: 'array', reference: REFERENCE } as OptionSchema, 'list of nodes'],
    [{ type: 'object' }, 'map'],
    [{ type: 'object', additionalProperties: false }, 'map'],
    [{ type: 'object', additionalProperties: { $ref: '#/x' } }, 'map (each: whole number)'],
    [{ type: 'number' }, 'number'],
  ];
  for (const [schema, phrase] of cases) t.equal(typed(schema), phrase, JSON.stringify(schema));
  t.end();
});

t.test('the description contains each fact of the schema and no other', (t) => {
  const cases: readonly (readonly [OptionSchema, readonly (string | RegExp)[]])[] = [
    [{}, []],
    [{ minimum: 0 }, ['at least 0']],
    [{ least: '1s', minimum: 3 } as OptionSchema, ['at least 1s']],
    [{ advised: '5s' } as OptionSchema, ['5s or more is advised']],
    [{ exclusiveMinimum: 0, maximum: 9 }, ['more than 0', 'at most 9']],
    [{ most: '1h', maximum: 3 } as OptionSchema, ['at most 1h']],
    [{ exclusiveMaximum: 0 }, ['less than 0']],
    [{ minLength: 1 }, []],
    [{ minLength: 2 }, ['at least 2 characters']],
    [{ maxLength: 9 }, ['at most 9 characters']],
    [{ minLength: 0, maxLength: 9 }, ['at most 9 characters']],
    [{ minLength: 1, maxLength: 9 }, ['1 to 9 characters']],
    [{ minLength: 9, maxLength: 9 }, ['exactly 9 characters']],
    [{ minItems: 2, maxItems: 3 }, ['2 to 3 items']],
    [{ pattern: '^a$' }, ['matches `^a$`']],
    [{ format: 'address' }, [/^such as 127\.0\.0\.1:8080/]],
    [{ format: 'path' }, []],
    [{ unit: 'duration' }, [/^such as /]],
    [{ route: 'on' } as OptionSchema, ['served by the node that `on` names']],
    [{ claim: 'address' } as OptionSchema, ['one node alone may use this address']],
    [{ editable: true }, ['may be changed from a settings page']],
    [{ editable: false }, []],
    [{ power: 'machine' } as OptionSchema, ['changed on the machine only, never from the console']],
    [{ power: 'path' } as OptionSchema, ['from the console, only a path in the state folder']],
    [{ power: 'target' } as OptionSchema, ['from the console, only in a node without secrets']],
    [{ secret: true } as OptionSchema, [/^secret: never printed/]],
    [{ reference: REFERENCE } as OptionSchema, ['needs `frames` and `stills`']],
    [
      { reference: { ...REFERENCE, delivery: 'every' } } as OptionSchema,
      ['needs `frames` and `stills`', 'gets every frame'],
    ],
    [
      { reference: { ports: ['frames'], delivery: 'live' } } as OptionSchema,
      ['needs `frames`', 'gets the newest frame'],
    ],
  ];
  for (const [schema, expected] of cases) {
    const found = facts(schema);
    t.match(found, expected, JSON.stringify(schema));
    t.equal(found.length, expected.length, JSON.stringify(schema));
  }
  t.end();
});
