// State that outlives the instance that made it: kept over reloads, roll-backs and renames, disposed of with its last holder.

import type { Durable } from '../../contract/plugin.ts';

/** Disposing of a state may take this long; then it is left behind and named in the log. */
export const DISPOSE_MS = 5_000;

/** Who asks: a node, and the nodes whose state it may take, nearest first. */
export interface Seat {
  readonly id: string;
  readonly use: string;
  readonly predecessors: readonly string[];
  /** Calls `dispose` of the plugin; never rejects. */
  finish(dispose: () => void | Promise<void>): Promise<unknown>;
}

export interface Durables {
  /** The state of this name that a predecessor or the node itself has left, if `same` is the same, or a new one. */
  acquire<T>(holder: object, seat: Seat, name: string, options: Durable<T>): Promise<T>;
  /** Lets go of everything that `holder` has; resolves when what nobody holds any more is disposed of. */
  release(holder: object): Promise<void>;
  /** Until released, state without a holder is kept for a successor or a predecessor that comes back. */
  hold(): () => Promise<void>;
}

interface Entry {
  readonly use: string;
  readonly name: string;
  readonly same: string;
  readonly value: Promise<unknown>;
  /** Ids of the nodes whose state it is; during a reload, those whose state it was before. */
  readonly ids: Set<string>;
  readonly holders: Map<object, string>;
  readonly dispose: () => Promise<unknown>;
}

export function createDurables(): Durables {
  const entries = new Set<Entry>();
  const held = new WeakMap<object, Entry[]>();
  /** Entries whose holders have changed. */
  const moved = new Set<Entry>();
  let holds = 0;

  const sweep = async (): Promise<void> => {
    if (holds > 0) return;
    const gone: Entry[] = [];
    for (const entry of moved) {
      const { ids, holders } = entry;
      if (holders.size === 0 && entries.delete(entry)) gone.push(entry);
      ids.clear();
      for (const id of holders.values()) ids.add(id);
    }
    moved.clear();
    await Promise.all(gone.map((entry) => entry.dispose()));
  };

  const own = (entry: Entry, holder: object, id: string): void => {
    entry.holders.set(holder, id);
    held.set(holder, [...(held.get(holder) ?? []), entry]);
    moved.add(entry);
    // Two nodes that change places in one reload must not both find the state that the first of them has taken.
    if (holds === 0) entry.ids.add(id);
  };

  return {
    async acquire<T>(holder: object, seat: Seat, name: string, options: Durable<T>): Promise<T> {
      const same = JSON.stringify(options.same);
      const fits = (entry: Entry): boolean => entry.use === seat.use && entry.name === name && entry.same === same;
      const left = seat.predecessors.flatMap((id) => [...entries].filter((one) => one.ids.has(id) && fits(one)));
      const known = left.at(0);
      if (known) {
        own(known, holder, seat.id);
        return known.value as Promise<T>;
      }
      let ready = false;
      const value = (async () => options.create())();
      value.then(
        () => {
          ready = true;
        },
        () => {},
      );
      const entry: Entry = {
        use: seat.use,
        name,
        same,
        value,
        ids: new Set(),
        holders: new Map(),
        dispose: async () => {
          const done = value.then(
            (made) => seat.finish(() => options.dispose(made)),
            () => {},
          );
          // What is still being made is disposed of when it is, and nobody waits for it.
          if (ready) await done;
        },
      };
      own(entry, holder, seat.id);
      entries.add(entry);
      value.catch(() => entries.delete(entry));
      return value;
    },
    async release(holder) {
      for (const entry of held.get(holder) ?? []) {
        entry.holders.delete(holder);
        moved.add(entry);
      }
      held.delete(holder);
      await sweep();
    },
    hold() {
      holds++;
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        holds--;
        await sweep();
      };
    },
  };
}
