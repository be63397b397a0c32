// State that outlives its instance: it survives reloads, roll-backs and renames, and is disposed of with its last holder.

import type { Durable } from '../../contract/plugin.ts';

/** Time limit for disposing of a state; after that it is abandoned and named in the log. Milliseconds. */
export const DISPOSE_MS = 5_000;

/** The node that requests a state. `predecessors`: the nodes whose state it may take over, nearest first. */
export interface Requester {
  readonly id: string;
  readonly use: string;
  readonly predecessors: readonly string[];
  /** Calls `dispose` of the plugin; never rejects. */
  finish(dispose: () => void | Promise<void>): Promise<unknown>;
}

export interface Durables {
  /** The state with this name left by a predecessor or the node itself, if `same` is equal; otherwise a new one. */
  acquire<T>(holder: object, requester: Requester, name: string, options: Durable<T>): Promise<T>;
  /** Releases all states of `holder`; resolves when those without a holder are disposed of. */
  release(holder: object): Promise<void>;
  /** Until released, state without a holder is kept for a successor, or for a predecessor that is restored. */
  hold(): () => Promise<void>;
}

interface Entry {
  readonly use: string;
  readonly name: string;
  readonly same: string;
  readonly value: Promise<unknown>;
  /** Ids of the nodes that own the state; during a reload, the ids from before it. */
  readonly ids: Set<string>;
  readonly holders: Map<object, string>;
  readonly dispose: () => Promise<unknown>;
}

export function createDurables(): Durables {
  const entries = new Set<Entry>();
  const held = new WeakMap<object, Entry[]>();
  /** Entries whose holders have changed since the last disposal. */
  const moved = new Set<Entry>();
  let holds = 0;

  const disposeUnheld = async (): Promise<void> => {
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
    // If two nodes swap places in one reload, the second must not find the state that the first has just acquired.
    if (holds === 0) entry.ids.add(id);
  };

  return {
    async acquire<T>(holder: object, requester: Requester, name: string, options: Durable<T>): Promise<T> {
      const same = JSON.stringify(options.same);
      const fits = (entry: Entry): boolean => entry.use === requester.use && entry.name === name && entry.same === same;
      const left = requester.predecessors.flatMap((id) =>
        [...entries].filter((entry) => entry.ids.has(id) && fits(entry)),
      );
      const known = left.at(0);
      if (known) {
        own(known, holder, requester.id);
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
        use: requester.use,
        name,
        same,
        value,
        ids: new Set(),
        holders: new Map(),
        dispose: async () => {
          const done = value.then(
            (made) => requester.finish(() => options.dispose(made)),
            () => {},
          );
          // State that is still being created is disposed of once it is complete; `release` does not wait for that.
          if (ready) await done;
        },
      };
      own(entry, holder, requester.id);
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
      await disposeUnheld();
    },
    hold() {
      holds++;
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        holds--;
        await disposeUnheld();
      };
    },
  };
}
