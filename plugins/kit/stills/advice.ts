// Warnings of nodes that show or store pictures: a time too short for the source, a path for one camera of several. Pure.

import { formatDuration } from '../../../core/base/units.ts';
import type { Finding, FrameFacts } from '../../../core/contract/plugin.ts';

/** Maximum names to list; further ones are counted. */
const MAX_NAMES = 3;

/** `staleAfter` in milliseconds; undefined when the option is not set. */
export function checkStaleAfter(
  option: string,
  staleAfter: number | undefined,
  { interval }: Pick<FrameFacts, 'interval'>,
): Finding[] {
  if (staleAfter === undefined || interval === undefined || staleAfter > interval) return [];
  const message = `${option}: after ${formatDuration(staleAfter)} a camera counts as offline, but its pictures come every ${formatDuration(interval)}; write ${formatDuration(interval * 2)} or more.`;
  return [{ option, code: 'advice', severity: 'warning', message }];
}

/** Warns about a path without {camera} when no option chooses one of several cameras. */
export function checkOneCamera(path: string, camera: string | undefined, { cameras = [] }: FrameFacts): Finding[] {
  if (cameras.length < 2 || camera !== undefined || path.includes('{camera}')) return [];
  const rest = cameras.length - MAX_NAMES;
  const names = [...cameras.slice(0, MAX_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  const example = `/{camera}${path === '/' ? '' : path}`;
  const message = `path: ${path} is for one camera, but there are ${cameras.length} (${names}), so it shows none; write path: "${example}", or choose one with "camera".`;
  return [{ option: 'path', code: 'advice', severity: 'warning', message }];
}
