// The state of the history page, and the user action that is changing it.

import { createChanges } from '../../../../kit/page/shared/changes.ts';
import type { Links } from '../../links.ts';
import type { Camera, Can, Picture, Range } from './api.ts';
import { type Bounds, boundsOf, dayOf } from './day.ts';

export interface State {
  /** `nothing`: the store has no picture at all. `empty`: none of this camera and day. */
  readonly is: 'loading' | 'ready' | 'empty' | 'nothing';
  readonly cameras: readonly Camera[];
  readonly links: Links;
  readonly camera: string;
  readonly day: string;
  readonly bounds: Bounds;
  /** The part of the day on the time line. */
  readonly view: Bounds;
  /** Pictures per interval of the view. */
  readonly counts: readonly number[];
  readonly shown: Picture | undefined;
  readonly can: Can;
  readonly selection: Range | undefined;
  /** The URL of the live camera, if there is one. */
  readonly live: string | undefined;
  /** The last error. */
  readonly trouble: string | undefined;
  /** A sentence for screen readers. */
  readonly news: string;
}

export interface PageState {
  current(): State;
  set(next: Partial<State>): void;
  /** The current camera with its first and last stored picture. */
  range(): Camera | undefined;
  complain(cause: unknown): void;
  /** Runs one user action. A later action supersedes it: `isCurrent` becomes false, and its failure is not shown. */
  attempt(work: (isCurrent: () => boolean) => Promise<void>): Promise<void>;
  /** Resolves when no action is running. */
  settled(): Promise<void>;
  /** Draws the page again. */
  changed(): void;
  subscribe(listener: () => void): () => void;
}

export function createState(camera: string): PageState {
  const changes = createChanges();
  const today = dayOf(Date.now());
  let state: State = {
    is: 'loading',
    cameras: [],
    links: {},
    camera,
    day: today,
    bounds: boundsOf(today),
    view: boundsOf(today),
    counts: [],
    shown: undefined,
    can: { delete: false, films: false, download: 0 },
    selection: undefined,
    live: undefined,
    trouble: undefined,
    news: '',
  };
  let moves = 0;
  let moving = Promise.resolve();

  const set = (next: Partial<State>): void => {
    state = { ...state, ...next };
    changes.notify();
  };
  const complain = (cause: unknown): void => set({ trouble: cause instanceof Error ? cause.message : String(cause) });
  const move = async (work: (isCurrent: () => boolean) => Promise<void>): Promise<void> => {
    const number = ++moves;
    const isCurrent = (): boolean => number === moves;
    try {
      await work(isCurrent);
      if (isCurrent() && state.trouble !== undefined) set({ trouble: undefined });
    } catch (cause) {
      if (isCurrent()) complain(cause);
    }
  };
  return {
    current: () => state,
    set,
    range: () => state.cameras.find(({ camera }) => camera === state.camera),
    complain,
    attempt(work) {
      const done = move(work);
      moving = done;
      return done;
    },
    async settled() {
      let awaited: Promise<void> | undefined;
      while (awaited !== moving) {
        awaited = moving;
        await awaited;
      }
    },
    changed: changes.notify,
    subscribe: changes.subscribe,
  };
}
