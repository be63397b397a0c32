// A page of a sorted list.

import type { Page } from '../../../core/contract/plugin.ts';

/** `ids` must be sorted in the default order of JavaScript. */
export function pageOf(ids: readonly string[], page: Page | undefined): readonly string[] {
  if (!page) return ids;
  const { after } = page;
  const first = after === undefined ? 0 : ids.findIndex((id) => id > after);
  return first < 0 ? [] : ids.slice(first, first + Math.max(0, page.limit));
}
