// The schema that editors use to check profiles, as a function.

import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

export function validator(): ValidateFunction {
  const ajv = new Ajv({ strict: false, logger: false });
  return ajv.compile(JSON.parse(readFileSync('schemas/profile.schema.json', 'utf8')) as object);
}
