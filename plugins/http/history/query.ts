// Parses the query string of a list request. Pure.

import { parseUnit } from '../../../core/base/units.ts';
import type { KeptQuery } from '../../../core/contract/plugin.ts';

export interface ListQuery extends KeptQuery {
  /** Milliseconds: at most one picture, the first, of every such interval from `from` to `to`. */
  readonly every?: number;
}

const DEFAULT_LIMIT = 100;
/** Most intervals in one answer. */
const MAX_INTERVALS = 1000;

/** Returns a string to describe an error. */
export function readQuery(camera: string, text: string, maxLimit: number): ListQuery | string {
  const parameters = new URLSearchParams(text);
  const limit = parameters.has('limit') ? Number(parameters.get('limit')) : Math.min(DEFAULT_LIMIT, maxLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) return `limit must be a number from 1 to ${maxLimit}`;
  const order = parameters.get('order') ?? 'newest-first';
  if (order !== 'newest-first' && order !== 'oldest-first') return 'order must be newest-first or oldest-first';
  const from = readTime(parameters.get('from'));
  const to = readTime(parameters.get('to'));
  if (from === null || to === null) {
    return 'from and to must be times such as 2026-11-20T10:00:00Z, or milliseconds since 1970';
  }
  const after = parameters.get('cursor') ?? undefined;
  const every = parameters.get('every');
  const query = {
    camera,
    limit,
    order,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(after === undefined ? {} : { after }),
  } as const;
  if (every === null) return query;
  const interval = parseUnit('duration', every);
  if (interval === undefined || interval <= 0) return 'every must be a duration such as 5m';
  if (from === undefined || to === undefined || after !== undefined) return 'every requires from and to, and no cursor';
  if ((to - from) / interval > MAX_INTERVALS)
    return `every must be at least 1/${MAX_INTERVALS} of the time between from and to`;
  return { ...query, every: interval };
}

/** Null for an invalid time, such as one without a zone, which client and server would read differently. */
function readTime(text: string | null): number | undefined | null {
  if (text === null) return undefined;
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
  const time = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
