// Describes one option of a schema in a phrase: its type, bounds and requirements. Pure.

import { UNIT_EXAMPLES } from '../../../core/base/units.ts';
import type { OptionSchema } from '../../../core/contract/schema.ts';

const FORMATS: Readonly<Record<string, string>> = {
  address: 'address',
  'camera-url': 'URL',
  'http-url': 'URL',
  'mqtt-url': 'URL of an MQTT broker',
  'sql-url': 'URL of a database',
  'route-path': 'path of a URL',
  'camera-id': 'camera id',
  'mqtt-topic': 'MQTT topic',
  'mqtt-filter': 'MQTT topic filter',
  path: 'path',
  cron: 'cron expression',
  timezone: 'time zone',
};

/** "duration", "node", "list of texts", "`a` or `b`" … */
export function typeOf(schema: OptionSchema, resolve: (schema: OptionSchema) => OptionSchema): string {
  if (schema.enum) return alternatives(schema.enum.map((value) => `\`${String(value)}\``));
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return alternatives([...new Set(choices.map((choice) => typeOf(resolve(choice), resolve)))]);
  if (schema.parse) return 'parser';
  const types: readonly string[] = schema.type === undefined ? ['string'] : [schema.type].flat();
  return alternatives(types.map((type) => typeNamed(type, schema, resolve)));
}

function typeNamed(type: string, schema: OptionSchema, resolve: (schema: OptionSchema) => OptionSchema): string {
  switch (type) {
    case 'string':
      return schema.reference ? 'node' : (schema.unit ?? FORMATS[schema.format ?? ''] ?? 'text');
    case 'integer':
      return 'whole number';
    case 'boolean':
      return '`true` or `false`';
    case 'array': {
      // In ["string", "array"] the items of the list have the type of the text.
      const items = typeOf({ ...schema, type: 'string', ...(schema.items ? resolve(schema.items) : {}) }, resolve);
      return schema.reference ? 'list of nodes' : `list (each: ${items})`;
    }
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `map (each: ${typeOf(resolve(schema.additionalProperties), resolve)})`
        : 'map';
    default:
      return type;
  }
}

/** The remaining facts about an option. */
export function facts(schema: OptionSchema): string[] {
  const { reference, unit, format } = schema;
  const found: (string | undefined)[] = [
    reference && `needs ${reference.ports.map((port) => `\`${port}\``).join(' and ')}`,
    reference?.delivery === 'every' ? 'gets every frame' : undefined,
    reference?.delivery === 'live' ? 'gets the newest frame' : undefined,
    unit && `such as ${UNIT_EXAMPLES[unit]}`,
    format === 'address' ? 'such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/camd.sock' : undefined,
    bound('at least', schema.least ?? schema.minimum),
    schema.advised === undefined ? undefined : `${schema.advised} or more is advised`,
    bound('more than', schema.exclusiveMinimum),
    bound('at most', schema.most ?? schema.maximum),
    bound('less than', schema.exclusiveMaximum),
    range(schema.minLength, schema.maxLength, 'character'),
    range(schema.minItems, schema.maxItems, 'item'),
    schema.pattern === undefined ? undefined : `matches \`${schema.pattern}\``,
    schema.route === undefined ? undefined : `served by the node that \`${schema.route}\` names`,
    schema.claim === undefined ? undefined : `one node alone may use this ${schema.claim}`,
    schema.editable ? 'may be changed from a settings page' : undefined,
    schema.power === 'machine' ? 'changed on the machine only, never from the console' : undefined,
    schema.power === 'path' ? 'from the console, only a path in the state folder' : undefined,
    schema.power === 'target' ? 'from the console, only in a node without secrets' : undefined,
    schema.secret ? 'secret: never printed; write `${cred:…}`, `${env:…}` or `${file:…}`' : undefined,
  ];
  return found.filter((fact) => fact !== undefined);
}

const bound = (word: string, value: string | number | undefined) =>
  value === undefined ? undefined : `${word} ${value}`;

function range(least: number | undefined, most: number | undefined, what: string): string | undefined {
  if (most === undefined) return least === undefined || least <= 1 ? undefined : `at least ${least} ${what}s`;
  if (least === most) return `exactly ${most} ${what}s`;
  return least === undefined || least <= 0 ? `at most ${most} ${what}s` : `${least} to ${most} ${what}s`;
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
