// Reads profiles from texts in memory, with test plugins that use the whole schema vocabulary.

import { createCompiler } from '../../core/catalog/ajv.ts';
import type { Catalog } from '../../core/catalog/catalog.ts';
import type { Validate } from '../../core/catalog/validator.ts';
import type { NodePlugin } from '../../core/contract/plugin.ts';
import type { PluginSchema } from '../../core/contract/schema.ts';
import type { Reading } from '../../core/profile/profile.ts';
import { readProfile } from '../../core/profile/read.ts';
import { builtinCatalog } from './catalog.ts';

const plugin = (title: string, provides: PluginSchema['provides'], more: Partial<PluginSchema>): PluginSchema => ({
  title,
  summary: 'For tests',
  description: 'For tests.',
  ...(provides ? { provides } : {}),
  type: 'object',
  additionalProperties: false,
  ...(more as object),
});

const frames = { type: ['string', 'array'], items: { type: 'string' }, minItems: 1 } as const;

export const TEST_SCHEMAS: readonly PluginSchema[] = [
  plugin('source/feed', ['frames'], {
    oneOf: [{ required: ['connect'] }, { required: ['listen'] }],
    properties: {
      connect: { type: 'string', format: 'address' },
      listen: { type: 'string', format: 'address', claim: 'address' },
      device: { type: 'string', claim: 'device' },
      timeout: { type: 'string', unit: 'duration', least: '100ms', most: '1h', default: '5s' },
      parse: { type: ['string', 'object'], parse: true, default: 'frames' },
      mode: { enum: ['always', 'on_demand'], default: 'always' },
      argv: { type: 'array', items: { type: 'string' }, minItems: 1 },
      url: { type: 'string', format: 'http-url' },
      token: { type: 'string', secret: true, minLength: 8 },
      hook: { type: 'string', format: 'http-url', secret: true },
    },
  }),
  plugin('cache/keep', ['frames', 'stills'], {
    required: ['from'],
    renamed: { number: 'count' },
    properties: {
      from: { ...frames, reference: { ports: ['frames'], delivery: 'through' } },
      count: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
      share: { type: 'number', minimum: 0, maximum: 1 },
      exact: { type: 'boolean', default: false },
      max_bytes: { type: 'string', unit: 'size', default: '8MiB' },
      limit: { type: 'string', unit: 'rate' },
    },
  }),
  plugin('http/front', ['server'], {
    properties: {
      listen: { type: 'string', format: 'address', claim: 'address', default: '127.0.0.1:8080' },
      users: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          renamed: { pass: 'password' },
          properties: { name: { type: 'string' }, password: { type: 'string', secret: true } },
        },
      },
      tls: {
        oneOf: [{ const: false }, { type: 'object', required: ['key'], properties: { key: { type: 'string' } } }],
      },
    },
  }),
  plugin('http/page', [], {
    required: ['on', 'from', 'path'],
    properties: {
      on: { type: 'string', reference: { ports: ['server'] } },
      from: { type: 'string', reference: { ports: ['stills'] } },
      path: { type: 'string', format: 'route-path', route: 'on' },
    },
  }),
  plugin('parse/frames', undefined, {
    parser: true,
    properties: { max_frame: { type: 'string', unit: 'size', default: '4MiB' } },
  }),
];

/** A catalog with the test plugins instead of the built-in ones. */
export function testCatalog(): Catalog {
  const compiler = createCompiler();
  const schemas = new Map(TEST_SCHEMAS.map((schema) => [schema.title, schema]));
  const validators = new Map<string, Promise<Validate>>();
  const node: NodePlugin = { start: () => {} };
  return {
    entries: [...schemas.keys()].map((use) => ({ use, origin: 'builtin' })),
    has: (use) => schemas.has(use),
    schema: (use) => schemas.get(use),
    revision: () => '',
    validator(use) {
      const { examples: _examples, ...schema } = schemas.get(use) ?? plugin(use, [], {});
      const validator = validators.get(use) ?? compiler.compile(schema, true);
      validators.set(use, validator);
      return validator;
    },
    base: builtinCatalog().base,
    node: async () => node,
    parser: async () => ({ create: () => ({ push: () => {}, end: () => {} }) }),
    async extend(sources) {
      return { catalog: this, failures: sources.map((_, index) => ({ index, message: 'no plugins in tests' })) };
    },
  };
}

/** Compiled once for all readings of a test file; it stores nothing about a profile. */
const shared = testCatalog();

export interface Texts {
  /** Name in the folder /profiles, or an absolute path → text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly catalog?: Catalog;
}

/** Reads `text` as /profiles/main.yaml. */
export function readText(text: string, { files = {}, env = {}, catalog = shared }: Texts = {}): Promise<Reading> {
  const all = new Map(
    Object.entries({ 'main.yaml': text, ...files }).map(([name, content]) => [
      name.startsWith('/') ? name : `/profiles/${name}`,
      content,
    ]),
  );
  return readProfile('/profiles/main.yaml', {
    env,
    catalog,
    async readFile(path, limit) {
      const content = all.get(path);
      if (content === undefined) throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
      if (content.length > limit) throw new Error(`it is larger than ${limit} bytes`);
      return content;
    },
  });
}

/** "code file:line:column+length" of each error; the file's name without folder. */
export const found = ({ problems }: Reading, severity = 'error'): string[] =>
  problems
    .filter((problem) => problem.severity === severity)
    .map(({ code, place }) => {
      const file = place.file.split('/').pop();
      return `${code} ${file}:${place.line}:${place.column}+${place.length}`;
    });

/** "line:column+length message (line:column of the other place)" of each finding, in order. */
export const said = ({ problems }: Reading): string[] =>
  problems.map(({ place, message, severity, related }) => {
    const also = related ? ` (${related.line}:${related.column})` : '';
    return `${place.line}:${place.column}+${place.length} ${severity === 'error' ? '' : '(warning) '}${message}${also}`;
  });
