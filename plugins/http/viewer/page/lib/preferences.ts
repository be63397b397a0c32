// The user's arrangement of the cameras (columns, order, hidden cameras), stored in the browser.

import { createChanges } from '../../../../kit/page/shared/changes.ts';

export interface Arrangement {
  /** 0: automatic. */
  readonly columns: number;
  /** Ids; other cameras follow in the server's order. */
  readonly order: readonly string[];
  readonly hidden: readonly string[];
}

export interface Preferences {
  readonly current: () => Arrangement;
  set(change: Partial<Arrangement>): void;
  reset(): void;
  subscribe(listener: () => void): () => void;
}

const PLAIN: Arrangement = { columns: 0, order: [], hidden: [] };
/** Most stored camera ids. */
const MAX_IDS = 4096;
export const MAX_COLUMNS = 12;

/** `key` identifies this page among the pages of the same origin. */
export function createPreferences(key: string): Preferences {
  const changes = createChanges();
  let arrangement = read(key);
  // Another tab has changed the arrangement.
  addEventListener('storage', (event) => {
    if (event.key !== key) return;
    arrangement = read(key);
    changes.notify();
  });
  const set = (change: Partial<Arrangement>): void => {
    arrangement = { ...arrangement, ...change };
    try {
      if (arrangement === PLAIN) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(arrangement));
    } catch {
      // Without storage, the arrangement ends with the page.
    }
    changes.notify();
  };
  return { current: () => arrangement, set, reset: () => set(PLAIN), subscribe: changes.subscribe };
}

/** The cameras in the user's order, without the hidden ones. */
export function arranged<Camera extends { readonly id: string }>(
  cameras: readonly Camera[],
  { order, hidden }: Pick<Arrangement, 'order' | 'hidden'>,
): readonly Camera[] {
  if (order.length === 0 && hidden.length === 0) return cameras;
  const place = new Map(order.map((id, index) => [id, index]));
  const away = new Set(hidden);
  const placeOf = ({ id }: Camera): number => place.get(id) ?? order.length;
  return cameras.filter(({ id }) => !away.has(id)).sort((a, b) => placeOf(a) - placeOf(b));
}

/** `ids` with `id` moved to index `to`. */
export function moved(ids: readonly string[], id: string, to: number): readonly string[] {
  const rest = ids.filter((one) => one !== id);
  const place = Math.max(0, Math.min(rest.length, to));
  return [...rest.slice(0, place), id, ...rest.slice(place)];
}

function read(key: string): Arrangement {
  try {
    return checked(JSON.parse(localStorage.getItem(key) ?? '{}'));
  } catch {
    return PLAIN;
  }
}

/** Checks the stored value and drops invalid parts. */
export function checked(stored: unknown): Arrangement {
  if (typeof stored !== 'object' || stored === null) return PLAIN;
  const columns = 'columns' in stored ? Number(stored.columns) : 0;
  return {
    columns: Number.isInteger(columns) && columns > 0 && columns <= MAX_COLUMNS ? columns : 0,
    order: ids('order' in stored ? stored.order : undefined),
    hidden: ids('hidden' in stored ? stored.hidden : undefined),
  };
}

const ids = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string').slice(0, MAX_IDS) : [];
