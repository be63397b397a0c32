// The camera list that viewers have: order, fixed numbers, and the last states sent. Pure.

import type { CameraCard, CameraState, StateEntry } from './wire.ts';

/** Most cameras that get a number while camd runs; further cameras are not shown. */
export const MAX_CAMERAS = 65_536;

export interface Listed {
  readonly id: string;
  readonly name: string;
}

/** The state of a camera, and the reason if it is not live. */
export interface ReasonedState {
  readonly state: CameraState;
  readonly why?: string | undefined;
}

export interface CameraList {
  /** True when the list, its order or a name has changed. */
  refresh(listed: readonly Listed[]): boolean;
  cards(state: (camera: string) => ReasonedState): readonly CameraCard[];
  /** Returns the states that differ from those sent last, and marks them as sent. */
  changes(state: (camera: string) => ReasonedState): StateEntry[];
  /** The last state sent. */
  sentState(camera: string): CameraState | undefined;
  idOf(n: number): string | undefined;
  /** undefined when the camera is not on the list. */
  numberOf(camera: string): number | undefined;
}

interface Entry extends Listed {
  readonly n: number;
}

export function createCameraList(): CameraList {
  const ids: string[] = [];
  const numbers = new Map<string, number>();
  const states = new Map<string, ReasonedState>();
  let entries = new Map<string, Entry>();

  const number = (id: string): number | undefined => {
    const known = numbers.get(id);
    if (known !== undefined || ids.length >= MAX_CAMERAS) return known;
    numbers.set(id, ids.length);
    return ids.push(id) - 1;
  };

  return {
    refresh(listed) {
      const next = new Map<string, Entry>();
      let same = true;
      const before = entries.values();
      for (const { id, name } of listed) {
        const n = number(id);
        if (n === undefined) continue;
        next.set(id, { id, name, n });
        const old = before.next().value;
        same &&= old?.id === id && old.name === name;
      }
      if (same && next.size === entries.size) return false;
      entries = next;
      for (const id of [...states.keys()]) if (!next.has(id)) states.delete(id);
      return true;
    },
    cards: (state) =>
      [...entries.values()].map((entry) => {
        const now = state(entry.id);
        states.set(entry.id, now);
        return { ...entry, state: now.state, ...(now.why === undefined ? {} : { why: now.why }) };
      }),
    changes(state) {
      const changed: StateEntry[] = [];
      for (const { id, n } of entries.values()) {
        const now = state(id);
        const before = states.get(id);
        if (before?.state === now.state && before.why === now.why) continue;
        states.set(id, now);
        changed.push(now.why === undefined ? [n, now.state] : [n, now.state, now.why]);
      }
      return changed;
    },
    sentState: (camera) => states.get(camera)?.state,
    idOf: (n) => ids[n],
    numberOf: (camera) => entries.get(camera)?.n,
  };
}
