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
  let holds = 0;

  const sweep = async (): Promise<void> => {
    if (holds > 0) return;
    const gone = [...entries].filter(({ holders }) => holders.size === 0);
    for (const entry of gone) entries.delete(entry);
    for (const { ids, holders } of entries) {
      ids.clear();
      for (const id of holders.values()) ids.add(id);
    }
    await Promise.all(gone.map((entry) => entry.dispose()));
  };

  /** Two nodes that change places in one reload must not both find the state that the first of them has taken. */
  const own = ({ ids }: Entry, id: string): void => {
    if (holds === 0) ids.add(id);
  };

  return {
    async acquire<T>(holder: object, seat: Seat, name: string, options: Durable<T>): Promise<T> {
      const same = JSON.stringify(options.same);
      const fits = (entry: Entry): boolean => entry.use === seat.use && entry.name === name && entry.same === same;
      const left = seat.predecessors.flatMap((id) => [...entries].filter((one) => one.ids.has(id) && fits(one)));
      const known = left.at(0);
      if (known) {
        known.holders.set(holder, seat.id);
        own(known, seat.id);
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
        holders: new Map([[holder, seat.id]]),
        dispose: async () => {
          const done = value.then(
            (made) => seat.finish(() => options.dispose(made)),
            () => {},
          );
          // What is still being made is disposed of when it is, and nobody waits for it.
          if (ready) await done;
        },
      };
      own(entry, seat.id);
      entries.add(entry);
      value.catch(() => entries.delete(entry));
      return value;
    },
    async release(holder) {
      for (const { holders } of entries) holders.delete(holder);
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
