// Compares the index with the store behind it, camera by camera, and adds the pictures that no event has reported.

import type { Store } from '../../../core/contract/plugin.ts';
import { placeOf, type Table } from './table.ts';

export interface ReconcilerOptions {
  store(): Store;
  readonly table: Table;
  count(name: string, by?: number): void;
}

/** Pictures of one page. */
const PAGE = 1000;
/** The store is read from this long before a camera's newest picture: others may have stored theirs out of order. Milliseconds. */
export const OVERLAP_MS = 3_600_000;

export function createReconciler({ store, table, count }: ReconcilerOptions): (signal: AbortSignal) => Promise<void> {
  const camera = async (name: string, signal: AbortSignal): Promise<void> => {
    const [newest] = await table.list({ camera: name, order: 'newest-first', limit: 1 });
    const from = newest ? { from: newest.time - OVERLAP_MS } : {};
    let after: string | undefined;
    for (;;) {
      signal.throwIfAborted();
      const page = await store().list({
        camera: name,
        order: 'oldest-first',
        limit: PAGE,
        ...from,
        ...(after === undefined ? {} : { after }),
      });
      count('found_total', await table.add(page));
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  };
  /** Removes the rows of pictures that were deleted in the store itself, for example by a rule of the bucket. */
  const forget = async (name: string, signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const rows = await table.list({ camera: name, order: 'oldest-first', limit: PAGE });
      const [oldest] = await store().list({ camera: name, order: 'oldest-first', limit: 1 });
      const gone = rows.filter(({ time }) => oldest === undefined || time < oldest.time);
      for (const { id } of gone) {
        const place = placeOf(id);
        if (place && (await table.remove(place.object))) count('forgotten_total');
      }
      if (gone.length < PAGE) return;
    }
  };
  return async (signal) => {
    // Includes cameras without a picture in the store.
    for (const name of new Set([...(await store().cameras()), ...(await table.cameras())])) {
      await camera(name, signal);
      await forget(name, signal);
    }
    count('reconciled_total');
  };
}
