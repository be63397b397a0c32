// A value as YAML text of one line: scalars plain or quoted, collections in flow form. Pure.

import { stringify } from 'yaml';
import type { OptionValue } from '../../contract/profile.ts';

/** The result is valid anywhere, also inside a flow collection. */
export function inline(value: OptionValue): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${inline(key)}: ${inline(item as OptionValue)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return scalar(value as string | number | boolean | null);
}

/** Plain if it reads the same everywhere, also between brackets and braces; otherwise in double quotes. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  const text = stringify(value, { version: '1.2', lineWidth: 0 }).trim();
  return text === value && !/[[\]{},#&*!|>%@`"'\\\n]|:$|: |^[-?:]/.test(text) ? text : JSON.stringify(value);
}
