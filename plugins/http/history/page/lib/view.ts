// The part of the day that the time line shows, from the whole day down to seconds. Pure.

import { type Bounds, clockText, ticks as hours } from './day.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
/** The shortest view. */
const LEAST = 60 * SECOND;
/** Most bars of a time line. */
const BARS = 150;
const BAR_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].map((seconds) => seconds * SECOND);
const LABELS = 13;
const LABEL_STEPS = [
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
];

/** Milliseconds of one bar. */
export function barOf({ from, to }: Bounds): number {
  return BAR_STEPS.find((step) => (to - from) / step <= BARS) ?? 600 * SECOND;
}

/** A `factor` above 1 zooms in; the time `at` keeps its position. */
export function zoomedView(view: Bounds, day: Bounds, factor: number, at: number): Bounds {
  const length = Math.min(day.to - day.from, Math.max(LEAST, (view.to - view.from) / factor));
  const share = (at - view.from) / (view.to - view.from);
  return within(day, at - length * Math.min(1, Math.max(0, share)), length);
}

/** The view, moved if necessary to contain this time. */
export function viewWith(view: Bounds, day: Bounds, time: number): Bounds {
  if (time >= view.from && time < view.to) return view;
  const length = view.to - view.from;
  return within(day, time - length / 2, length);
}

function within(day: Bounds, from: number, length: number): Bounds {
  // Bars begin at whole steps, so that they do not flicker while the view moves.
  const step = barOf({ from: 0, to: length });
  const start = Math.min(Math.max(day.from, Math.round(from / step) * step), day.to - length);
  return { from: start, to: start + length };
}

export interface Label {
  readonly text: string;
  /** 0 to 1, along the view. */
  readonly at: number;
  /** The hour, for a view of the whole day. */
  readonly hour?: number;
}

export function labels(view: Bounds, day: string, whole: Bounds): readonly Label[] {
  const length = view.to - view.from;
  if (view.from === whole.from && view.to === whole.to) {
    return hours(day)
      .filter(({ hour }) => hour % 2 === 0)
      .map(({ hour, at }) => ({ text: String(hour), at, hour }));
  }
  const step = LABEL_STEPS.find((one) => length / one <= LABELS) ?? 4 * HOUR;
  const found: Label[] = [];
  for (let time = Math.ceil(view.from / step) * step; time < view.to; time += step) {
    found.push({ text: clockText(time).slice(0, step < MINUTE ? 8 : 5), at: (time - view.from) / length });
  }
  return found;
}
