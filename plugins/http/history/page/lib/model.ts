// The actions of the history page: open a camera or a day, step, leap and seek to a picture.

import { exists, getOverview, linkUrl, type Picture, type Range } from './api.ts';
import { createAround } from './around.ts';
import { type Bounds, boundsOf, dayOf, dayText, sameClock } from './day.ts';
import { createFind } from './find.ts';
import type { Place } from './place.ts';
import { createState } from './state.ts';
import { viewWith, zoomedView } from './view.ts';
import { words } from './words.ts';

/** Milliseconds between checks for new pictures. */
const FRESH = 60_000;
/** Milliseconds between two loads of surrounding pictures, each of which may need a dozen thumbnails. */
const PACE = 1000;

export type Model = ReturnType<typeof createModel>;

export function createModel(place: Place) {
  const page = createState(place.camera ?? '');
  const { set, attempt, current, range } = page;
  const find = createFind(current);
  const around = createAround();
  let sought: number | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let later: ReturnType<typeof setTimeout> | undefined;

  /** Loads the pictures around one; during fast playback or seeking, only around some. */
  const lookAround = (picture: Picture): void => {
    clearTimeout(later);
    const wait = around.has(picture) ? 0 : lookedAt + PACE - performance.now();
    if (wait > 0) {
      later = setTimeout(() => lookAround(picture), wait);
      return;
    }
    lookedAt = performance.now();
    const { camera, bounds } = current();
    around.load(camera, bounds, picture).then(
      (isNew) => isNew && page.changed(),
      () => {
        // The picture itself is loaded; the next picture loads its surroundings again.
      },
    );
  };
  /** Moves or zooms the time line; the counts follow. */
  const setView = (view: Bounds): void => {
    const before = current().view;
    if (view.from === before.from && view.to === before.to) return;
    // Until the new counts arrive, no bars are better than bars at wrong times.
    set({ view, counts: [] });
    find.counts().then((counts) => current().view === view && set({ counts }), page.complain);
  };
  const show = (picture: Picture): void => {
    set({ is: 'ready', shown: picture, news: '' });
    setView(viewWith(current().view, current().bounds, picture.timestamp));
    place.write(current().camera, picture.timestamp);
    lookAround(picture);
  };
  /** Shows the found picture, if any, unless the user has moved on. */
  const showFound = (find: (shown: Picture | undefined) => Promise<Picture | undefined>): Promise<void> =>
    attempt(async (isCurrent) => {
      const found = await find(current().shown);
      if (found && isCurrent()) show(found);
    });

  const findLive = async (): Promise<void> => {
    const { camera, links } = current();
    const url = links.camera === undefined ? undefined : linkUrl(links.camera, camera);
    // A removed camera has a history but no live page.
    const live = url !== undefined && (await exists(url)) ? url : undefined;
    if (camera === current().camera && live !== current().live) set({ live });
  };
  const openDay = (day: string, time: number): Promise<void> =>
    attempt(async (isCurrent) => {
      around.forget();
      clearTimeout(later);
      lookedAt = Number.NEGATIVE_INFINITY;
      set({ is: 'loading', day, bounds: boundsOf(day), view: boundsOf(day), counts: [] });
      const [counts, picture] = await Promise.all([find.counts(), find.nearest(time)]);
      if (!isCurrent()) return;
      set({ counts });
      if (picture) return show(picture);
      set({ is: 'empty', shown: undefined, news: words.nothingFrom(dayText(current().bounds.from)) });
    });
  const openCamera = (camera: string, at?: number): Promise<void> => {
    set({ camera, live: undefined });
    void findLive();
    const kept = range();
    if (!kept) {
      set({ is: 'empty', shown: undefined, counts: [], news: words.nothingOf(camera) });
      return Promise.resolve();
    }
    const time = at ?? kept.newest.timestamp;
    return openDay(dayOf(time), time);
  };
  const refresh = async (): Promise<void> => {
    const { is, camera, day } = current();
    if (document.hidden || (is !== 'ready' && is !== 'empty') || !range()) return;
    const { view } = current();
    const [{ cameras }, counts] = await Promise.all([getOverview(), find.counts()]);
    if (camera === current().camera && day === current().day && view === current().view) set({ cameras, counts });
  };
  setInterval(() => {
    // The next action reports a lasting failure; the page is still correct.
    refresh().catch(() => {});
  }, FRESH);

  return {
    state: current,
    /** The pictures around the current one, in time order. */
    around: around.pictures,
    name: () => range()?.name ?? current().camera,
    range,
    open: () =>
      attempt(async () => {
        const { cameras, links, can } = await getOverview();
        set({ cameras, links, can });
        const camera = place.camera ?? cameras[0]?.camera;
        if (camera === undefined) return set({ is: 'nothing', news: words.nothing });
        void openCamera(camera, place.at);
      }),
    openCamera: (camera: string) => void openCamera(camera),
    openAt: (camera: string, time: number) => void openCamera(camera, time),
    /** Called after pictures were deleted. */
    reopen: () =>
      attempt(async () => {
        const { camera, shown, bounds } = current();
        set({ cameras: (await getOverview()).cameras });
        await openCamera(camera, shown?.timestamp ?? bounds.from);
      }),
    zoomLine: (factor: number, at?: number) => {
      const { view, bounds, shown } = current();
      setView(zoomedView(view, bounds, factor, at ?? shown?.timestamp ?? (view.from + view.to) / 2));
    },
    wholeDay: () => setView(current().bounds),
    nearest: find.nearest,
    /** The first picture of the next day that has one; undefined at the end. */
    async crossMidnight(): Promise<Picture | undefined> {
      const found = await find.outside(true);
      if (!found) return undefined;
      await openDay(dayOf(found.timestamp), found.timestamp);
      return current().shown;
    },
    /** An end beyond the other one moves that too. */
    select: ({ from, to }: Range) => set({ selection: { from, to: Math.max(from, to) } }),
    deselect: () => set({ selection: undefined }),
    say: (news: string) => set({ news }),
    openDay: (day: string) => void openDay(day, sameClock(current().shown?.timestamp ?? boundsOf(day).from, day)),
    /** The next or previous day with at least one picture. */
    shiftDay: (isForward: boolean) =>
      attempt(async () => {
        const found = await find.outside(isForward);
        if (!found) return set({ news: isForward ? words.lastDay : words.firstDay });
        const day = dayOf(found.timestamp);
        void openDay(day, sameClock(current().shown?.timestamp ?? found.timestamp, day));
      }),
    show: (picture: Picture) => attempt(async () => show(picture)),
    /** The next or previous picture. */
    step: (isForward: boolean) =>
      attempt(async (isCurrent) => {
        const { shown } = current();
        if (!shown) return;
        const pictures = around.pictures();
        const at = pictures.findIndex(({ id }) => id === shown.id);
        const found =
          (at < 0 ? undefined : pictures[at + (isForward ? 1 : -1)]) ?? (await find.beside(shown, isForward));
        if (!isCurrent()) return;
        if (found) return show(found);
        set({ news: isForward ? words.lastPicture : words.firstPicture });
      }),
    /** Moves by this many milliseconds, backwards when negative, and skips gaps. */
    leap: (by: number) =>
      showFound(async (shown) => shown && ((await find.beyond(shown, by)) ?? (by > 0 ? find.last() : find.first()))),
    end: (isLast: boolean) => showFound(isLast ? find.last : find.first),
    /** Shows the picture nearest to a time. During a search, only the newest request waits. */
    async seek(time: number): Promise<void> {
      const isSeeking = sought !== undefined;
      sought = time;
      if (isSeeking) return;
      while (sought !== undefined) {
        const target: number = sought;
        await showFound(() => find.nearest(target));
        if (sought === target) sought = undefined;
      }
    },
    /** Shows a picture without cancelling a search in progress. */
    follow: show,
    complain: page.complain,
    settled: page.settled,
    beyond: find.beyond,
    first: find.first,
    subscribe: page.subscribe,
  };
}
