// Writes the rows of a scene as lines of a table.

import { isMet, type Row } from './row.ts';

export function lineOf(row: Row): string {
  const { name, value, unit, limitName = '', limitValue, ratio, spread, required } = row;
  const limit = limitValue === undefined ? '' : `${figure(limitValue)} ${unit}`;
  const met = isMet(row);
  const must = required ? ('most' in required ? `≤ ${required.most}` : `≥ ${required.least}`) : '';
  const verdict = met === undefined ? '' : `${met ? 'as' : 'NOT as'} required: ${must}`;
  return [
    `  ${name.padEnd(52)}`,
    `${figure(value)} ${unit}`.padStart(20),
    limit.padStart(20),
    (ratio === undefined ? '' : ratio.toFixed(2)).padStart(7),
    (spread === undefined ? '' : ` (${figure(spread[0])} to ${figure(spread[1])})`).padEnd(20),
    `  ${limitName.padEnd(26)}`,
    verdict,
  ]
    .join('')
    .trimEnd();
}

export function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 100 ? 0 : 2);
}
