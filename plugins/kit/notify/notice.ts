// The text of a notification, and templates that are filled with it. Pure.

import type { CameraEvent } from './silence.ts';

/** Cameras whose state changed at about the same time. */
export interface Notice {
  readonly is: CameraEvent['is'];
  readonly cameras: readonly string[];
  /** Milliseconds since the epoch: the earliest of the cameras. */
  readonly since: number;
  /** Milliseconds since the epoch: when camd detected it. */
  readonly time: number;
}

/** Maximum cameras that a text names; further ones are counted. */
const MAX_NAMED = 10;

/** At most one notice for each state, in the order of the events. */
export function noticesOf(events: readonly CameraEvent[], time: number): readonly Notice[] {
  return [...new Set(events.map(({ is }) => is))].map((is) => {
    const own = events.filter((event) => event.is === is);
    return {
      is,
      cameras: own.map(({ camera }) => camera).sort(),
      since: Math.min(...own.map(({ since }) => since)),
      time,
    };
  });
}

export function titleOf({ is, cameras }: Notice): string {
  const [only] = cameras;
  const state = is === 'offline' ? 'offline' : 'back';
  return cameras.length === 1 ? `Camera ${only} is ${state}` : `${cameras.length} cameras are ${state}`;
}

export function textOf(notice: Notice): string {
  const { is, cameras, since, time } = notice;
  const many = cameras.length > 1;
  const send = many ? 'send' : 'sends';
  if (is === 'online') {
    return `${namesOf(cameras)} ${send} pictures again, after ${spanOf(time - since)}.`;
  }
  return `${namesOf(cameras)} ${many ? 'have' : 'has'} sent no picture since ${dateOf(since)}.`;
}

export const namesOf = (cameras: readonly string[]): string =>
  cameras.length <= MAX_NAMED
    ? cameras.join(', ')
    : `${cameras.slice(0, MAX_NAMED).join(', ')} and ${cameras.length - MAX_NAMED} more`;

const dateOf = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** "45 seconds", "12 minutes", "3 hours", "2 days". */
function spanOf(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const;
  const [size, name] = units.find(([least]) => ms >= least) ?? [1000, 'second'];
  const count = Math.max(0, Math.floor(ms / size));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

const VALUES: Readonly<Record<string, (notice: Notice) => string>> = {
  title: titleOf,
  text: textOf,
  cameras: ({ cameras }) => namesOf(cameras),
  state: ({ is }) => is,
  count: ({ cameras }) => String(cameras.length),
  since: ({ since }) => new Date(since).toISOString(),
  time: ({ time }) => new Date(time).toISOString(),
};

export const PLACEHOLDERS: readonly string[] = Object.keys(VALUES);

/** Replaces `{title}` and so on. `escapeValue` encodes a value for its place. Other braces stay unchanged. */
export const fillTemplate = (template: string, notice: Notice, escapeValue: (text: string) => string): string =>
  template.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(VALUES, name) ? escapeValue(VALUES[name]?.(notice) ?? '') : whole,
  );

/** For a place inside a JSON string. */
export const escapeJson = (text: string): string => JSON.stringify(text).slice(1, -1);
