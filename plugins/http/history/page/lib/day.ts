// Days, hours and times in the user's time zone. Pure.

import { dates } from './words.ts';

export interface Bounds {
  /** Milliseconds since the epoch, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** "2026-11-20", as in a date field. */
export function dayOf(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** From midnight to midnight: 23 to 25 hours. */
export function boundsOf(day: string): Bounds {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return { from: new Date(year, month - 1, date).getTime(), to: new Date(year, month - 1, date + 1).getTime() };
}

/** The time on another day with the same clock time as `time`. */
export function sameClock(time: number, day: string): number {
  const clock = new Date(time);
  const date = new Date(boundsOf(day).from);
  date.setHours(clock.getHours(), clock.getMinutes(), clock.getSeconds(), clock.getMilliseconds());
  return date.getTime();
}

/** "14:03:05". */
export function clockText(time: number): string {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "Friday, 20 November 2026". */
export const dayText = (time: number): string =>
  new Date(time).toLocaleDateString(dates, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

export interface Tick {
  readonly hour: number;
  /** 0 to 1, along the day. */
  readonly at: number;
}

/** Every hour of this day on the clock; one is missing on the day in spring when clocks change. */
export function ticks(day: string): readonly Tick[] {
  const { from, to } = boundsOf(day);
  const hours = Array.from({ length: 25 }, (_, hour) => {
    const date = new Date(from);
    date.setHours(hour);
    return { hour, shown: date.getHours(), at: (date.getTime() - from) / (to - from) };
  });
  return hours.filter(({ hour, shown }) => shown === hour % 24).map(({ hour, at }) => ({ hour, at }));
}
