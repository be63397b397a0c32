// Structural validation by ajv, loaded and compiled on first use; camd's own keywords are only declared here.

import type { Ajv2020 } from 'ajv/dist/2020.js';
import { FORMAT_NAMES } from '../base/formats.ts';
import { PORT_NAMES } from '../contract/ports.ts';
import type { OptionSchema } from '../contract/schema.ts';
import type { Validate, Violation } from './validator.ts';

export interface Compiler {
  /** Throws if the schema itself is invalid. With `strict`, camd's own keywords are checked as well. */
  compile(schema: OptionSchema, strict: boolean): Promise<Validate>;
}

/** Each compiler keeps its own ajv. */
export function createCompiler(): Compiler {
  let lax: Promise<Ajv2020> | undefined;
  let strictAjv: Promise<Ajv2020> | undefined;
  return {
    async compile(schema, strict) {
      lax ??= strict ? undefined : createAjv(false);
      strictAjv ??= strict ? createAjv(true) : undefined;
      const ajv = await (strict ? strictAjv : lax);
      if (!ajv) throw new Error('unreachable: one of both was just made');
      const check = ajv.compile(schema);
      return (value) => (check(value) ? [] : ((check.errors ?? []) as readonly Violation[]));
    },
  };
}

/** Creates an ajv with camd's vocabulary. Checking schemas against the meta-schema costs some 20 ms, so built-in ones are not checked. */
export async function createAjv(
  checkSchemas: boolean,
  code: { source: boolean; esm: boolean } | undefined = undefined,
) {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    validateFormats: false,
    validateSchema: checkSchemas,
    meta: checkSchemas,
    ...(code ? { code } : {}),
  });
  const ports = { type: 'array', items: { enum: [...PORT_NAMES] } };
  const keywords: Readonly<Record<string, object>> = {
    summary: { type: 'string' },
    provides: ports,
    parser: { type: 'boolean' },
    exclusive: { type: 'boolean' },
    commands: { type: 'array', items: { type: 'string', pattern: '^[a-z][a-z-]*$' } },
    unit: { enum: ['duration', 'size', 'rate'] },
    least: { type: 'string' },
    most: { type: 'string' },
    advised: { type: 'string' },
    reference: {
      type: 'object',
      required: ['ports'],
      additionalProperties: false,
      properties: { ports, delivery: { enum: ['live', 'every', 'through'] } },
    },
    secret: { type: 'boolean' },
    claim: { enum: ['address', 'socket', 'device', 'file', 'folder', 'client-id'] },
    route: { type: 'string' },
    page: { type: 'boolean' },
    exists: { enum: ['file', 'folder', 'program'] },
    parse: { type: 'boolean' },
    editable: {
      anyOf: [
        { type: 'boolean' },
        {
          type: 'object',
          required: ['pattern'],
          additionalProperties: false,
          properties: { pattern: { type: 'string' } },
        },
      ],
    },
    power: { enum: ['none', 'target', 'path', 'machine'] },
    aliases: { type: 'array', items: { type: 'string', pattern: '^[a-z0-9_/-]+$' } },
    renamed: { type: 'object', additionalProperties: { type: 'string' } },
    form: { type: 'string' },
  };
  for (const [keyword, metaSchema] of Object.entries(keywords)) {
    ajv.addKeyword({ keyword, ...(checkSchemas ? { metaSchema } : {}) });
  }
  for (const format of FORMAT_NAMES) ajv.addFormat(format, true);
  return ajv;
}
