// A map of bounded size: a new entry replaces the least recently used one.

export interface Lru<K, V> {
  /** Entries, or the sum of their weights. */
  readonly size: number;
  /** Counts as a use. */
  get(key: K): V | undefined;
  /** Counts as a use. A value that is heavier than `most` is not kept. */
  set(key: K, value: V): void;
  delete(key: K): void;
  /** From the least to the most recently used. */
  keys(): readonly K[];
}

/** `most` limits the number of entries, or with `weigh` the sum of what it returns for each value. */
export function createLru<K, V>(most: number, weigh: (value: V) => number = () => 1): Lru<K, V> {
  // A Map iterates in the order of insertion: an entry that is deleted and set again moves to its end.
  const map = new Map<K, V>();
  let size = 0;
  const remove = (key: K): void => {
    const value = map.get(key);
    if (value === undefined) return;
    map.delete(key);
    size -= weigh(value);
  };
  return {
    get size() {
      return size;
    },
    get(key) {
      const value = map.get(key);
      if (value === undefined) return undefined;
      map.delete(key);
      map.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      const weight = weigh(value);
      if (weight > most) return;
      map.set(key, value);
      size += weight;
      for (const oldest of map.keys()) {
        if (size <= most) break;
        remove(oldest);
      }
    },
    delete: remove,
    keys: () => [...map.keys()],
  };
}
