// The page's state: cameras, day and current picture, and the moves between them.

import { createChanges } from '../../../../kit/page/shared/changes.ts';
import type { Links } from '../../links.ts';
import { type Camera, exists, getCounts, getOverview, getPictures, linkUrl, type Picture } from './api.ts';
import { createAround } from './around.ts';
import { type Bounds, boundsOf, dayOf, dayText, sameClock } from './day.ts';
import type { Place } from './place.ts';

/** Milliseconds of one bar of the time line. */
export const STRETCH = 600_000;
/** Milliseconds between checks for new pictures. */
const FRESH = 60_000;
/** Milliseconds between two loads of surrounding pictures, each of which may need a dozen thumbnails. */
const PACE = 1000;

export interface State {
  /** `nothing`: the store has no picture at all. `empty`: none of this camera and day. */
  readonly is: 'loading' | 'ready' | 'empty' | 'nothing';
  readonly cameras: readonly Camera[];
  readonly links: Links;
  readonly camera: string;
  readonly day: string;
  readonly bounds: Bounds;
  /** Pictures per interval of the day. */
  readonly counts: readonly number[];
  readonly shown: Picture | undefined;
  /** The URL of the live camera, if there is one. */
  readonly live: string | undefined;
  /** The last error. */
  readonly trouble: string | undefined;
  /** A sentence for screen readers. */
  readonly news: string;
}

export type Model = ReturnType<typeof createModel>;

export function createModel(place: Place) {
  const changes = createChanges();
  const around = createAround();
  const today = dayOf(Date.now());
  let state: State = {
    is: 'loading',
    cameras: [],
    links: {},
    camera: place.camera ?? '',
    day: today,
    bounds: boundsOf(today),
    counts: [],
    shown: undefined,
    live: undefined,
    trouble: undefined,
    news: '',
  };
  /** Results of work that began before the last move are ignored. */
  let move = 0;
  let sought: number | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let later: ReturnType<typeof setTimeout> | undefined;

  const set = (next: Partial<State>): void => {
    state = { ...state, ...next };
    changes.tell();
  };
  const known = (): Camera | undefined => state.cameras.find(({ camera }) => camera === state.camera);
  const complain = (cause: unknown): void => set({ trouble: cause instanceof Error ? cause.message : String(cause) });
  const attempt = async (work: (isCurrent: () => boolean) => Promise<void>): Promise<void> => {
    const mine = ++move;
    const isCurrent = (): boolean => mine === move;
    try {
      await work(isCurrent);
      if (isCurrent() && state.trouble !== undefined) set({ trouble: undefined });
    } catch (cause) {
      if (isCurrent()) complain(cause);
    }
  };

  const one = async (query: Readonly<Record<string, string | number>>): Promise<Picture | undefined> =>
    (await getPictures(state.camera, { ...state.bounds, limit: 1, ...query }))[0];
  const first = (): Promise<Picture | undefined> => one({ order: 'oldest-first' });
  const last = (): Promise<Picture | undefined> => one({ order: 'newest-first' });
  const nearest = async (time: number): Promise<Picture | undefined> => {
    const { from, to } = state.bounds;
    const at = Math.min(Math.max(time, from), to - 1);
    const [before, after] = await Promise.all([
      one({ to: at + 1, order: 'newest-first' }),
      one({ from: at, order: 'oldest-first' }),
    ]);
    if (!before || !after) return before ?? after;
    return time - before.timestamp <= after.timestamp - time ? before : after;
  };

  /** Surrounding pictures; while pictures change quickly, only some of them. */
  const lookAround = (picture: Picture): void => {
    clearTimeout(later);
    const wait = around.has(picture) ? 0 : lookedAt + PACE - performance.now();
    if (wait > 0) {
      later = setTimeout(() => lookAround(picture), wait);
      return;
    }
    lookedAt = performance.now();
    const { camera, bounds } = state;
    around.look(camera, bounds, picture).then(
      (isNew) => isNew && changes.tell(),
      () => {
        // The picture itself is loaded; its surroundings are loaded again with the next one.
      },
    );
  };
  const show = (picture: Picture): void => {
    set({ is: 'ready', shown: picture, news: '' });
    place.write(state.camera, picture.timestamp);
    lookAround(picture);
  };
  const findLive = async (): Promise<void> => {
    const { camera, links } = state;
    const url = links.camera === undefined ? undefined : linkUrl(links.camera, camera);
    // A removed camera has a history but no live page.
    const live = url !== undefined && (await exists(url)) ? url : undefined;
    if (camera === state.camera && live !== state.live) set({ live });
  };
  const count = (): Promise<readonly number[]> => getCounts(state.camera, { ...state.bounds, every: `${STRETCH}ms` });
  const openDay = (day: string, time: number): Promise<void> =>
    attempt(async (isCurrent) => {
      around.forget();
      clearTimeout(later);
      lookedAt = Number.NEGATIVE_INFINITY;
      set({ is: 'loading', day, bounds: boundsOf(day), counts: [] });
      const [counts, picture] = await Promise.all([count(), nearest(time)]);
      if (!isCurrent()) return;
      set({ counts });
      if (picture) show(picture);
      else set({ is: 'empty', shown: undefined, news: `Nothing is kept from ${dayText(state.bounds.from)}.` });
    });
  const openCamera = (camera: string, at?: number): Promise<void> => {
    set({ camera, live: undefined });
    void findLive();
    const range = known();
    if (!range) {
      set({ is: 'empty', shown: undefined, counts: [], news: `Nothing is kept of ${camera}.` });
      return Promise.resolve();
    }
    const time = at ?? range.newest.timestamp;
    return openDay(dayOf(time), time);
  };
  const refresh = async (): Promise<void> => {
    if (document.hidden || (state.is !== 'ready' && state.is !== 'empty') || !known()) return;
    const { camera, day } = state;
    const [{ cameras }, counts] = await Promise.all([getOverview(), count()]);
    if (camera === state.camera && day === state.day) set({ cameras, counts });
  };
  setInterval(() => {
    // If it keeps failing, the next check reports it: the current content is still valid.
    refresh().catch(() => {});
  }, FRESH);

  /** The first picture that is at least this many milliseconds later (earlier when negative); the very next one for 0. */
  const beyond = (shown: Picture, by: number): Promise<Picture | undefined> => {
    if (by === 0) return one({ order: 'oldest-first', cursor: shown.id });
    const time = shown.timestamp + by;
    if (by > 0)
      return time >= state.bounds.to ? Promise.resolve(undefined) : one({ from: time, order: 'oldest-first' });
    return time < state.bounds.from ? Promise.resolve(undefined) : one({ to: time + 1, order: 'newest-first' });
  };

  return {
    state: () => state,
    /** The pictures around the current one, in time order. */
    around: around.pictures,
    name: () => known()?.name ?? state.camera,
    range: known,
    open: () =>
      attempt(async () => {
        const { cameras, links } = await getOverview();
        set({ cameras, links });
        const camera = place.camera ?? cameras[0]?.camera;
        if (camera === undefined) return set({ is: 'nothing', news: 'Nothing is kept yet.' });
        void openCamera(camera, place.at);
      }),
    openCamera: (camera: string) => void openCamera(camera),
    openDay: (day: string) => void openDay(day, sameClock(state.shown?.timestamp ?? boundsOf(day).from, day)),
    /** The next or previous day with at least one picture. */
    shiftDay: (isForward: boolean) =>
      attempt(async () => {
        const { from, to } = state.bounds;
        const query = isForward ? { from: to, order: 'oldest-first' } : { to: from, order: 'newest-first' };
        const [found] = await getPictures(state.camera, { ...query, limit: 1 });
        if (!found) return set({ news: isForward ? 'This is the last day.' : 'This is the first day.' });
        const day = dayOf(found.timestamp);
        void openDay(day, sameClock(state.shown?.timestamp ?? found.timestamp, day));
      }),
    show: (picture: Picture) => attempt(async () => show(picture)),
    /** The next or previous picture. */
    step: (isForward: boolean) =>
      attempt(async (isCurrent) => {
        const { shown } = state;
        if (!shown) return;
        const pictures = around.pictures();
        const at = pictures.findIndex(({ id }) => id === shown.id);
        const order = isForward ? 'oldest-first' : 'newest-first';
        const found =
          (at < 0 ? undefined : pictures[at + (isForward ? 1 : -1)]) ?? (await one({ order, cursor: shown.id }));
        if (!isCurrent()) return;
        if (found) show(found);
        else
          set({ news: isForward ? 'This is the last picture of the day.' : 'This is the first picture of the day.' });
      }),
    /** Moves by this many milliseconds, backwards when negative, and skips gaps. */
    leap: (by: number) =>
      attempt(async (isCurrent) => {
        const { shown } = state;
        const found = shown && ((await beyond(shown, by)) ?? (await (by > 0 ? last() : first())));
        if (found && isCurrent()) show(found);
      }),
    end: (isLast: boolean) =>
      attempt(async (isCurrent) => {
        const found = await (isLast ? last() : first());
        if (found && isCurrent()) show(found);
      }),
    /** The picture nearest to a time. During a search only the newest request waits. */
    async seek(time: number): Promise<void> {
      const isSeeking = sought !== undefined;
      sought = time;
      if (isSeeking) return;
      while (sought !== undefined) {
        const wanted: number = sought;
        await attempt(async (isCurrent) => {
          const found = await nearest(wanted);
          if (found && isCurrent()) show(found);
        });
        if (sought === wanted) sought = undefined;
      }
    },
    /** Shows a picture without cancelling a search in progress. */
    follow: show,
    complain,
    beyond,
    first,
    subscribe: changes.subscribe,
  };
}
