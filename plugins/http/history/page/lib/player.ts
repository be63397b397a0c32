// Plays every picture or at a multiple of real time, skips gaps, and continues with the next day.

import { createChanges } from '../../../../kit/page/shared/changes.ts';
import { type Picture, pictureUrl } from './api.ts';
import type { Model } from './model.ts';
import { words } from './words.ts';

/** The least time in milliseconds for which a picture is shown. */
const TICK = 250;

/** Milliseconds of recorded time per second, and the label; 0: every picture. */
export const SPEEDS: readonly (readonly [number, string])[] = [
  [0, words.everyPicture],
  [60_000, '1 min/s'],
  [600_000, '10 min/s'],
  [3_600_000, '1 h/s'],
];

export type Player = ReturnType<typeof createPlayer>;

type Moves = Pick<Model, 'state' | 'settled' | 'beyond' | 'crossMidnight' | 'first' | 'follow' | 'complain'>;

export function createPlayer(model: Moves) {
  const changes = createChanges();
  /** Identifies the current run: a new start replaces it, which ends the earlier run. */
  let run: object | undefined;
  let speed = 600_000;

  const stop = (): void => {
    run = undefined;
    changes.notify();
  };
  const following = async (shown: Picture): Promise<Picture | undefined> => {
    const found = await model.beyond(shown, (speed * TICK) / 1000);
    // The last picture of a day is shown even when the step would go beyond it.
    return found ?? (await model.beyond(shown, 0));
  };
  const play = async (token: object): Promise<void> => {
    // Playback begins where a running action ends.
    await model.settled();
    const { shown } = model.state();
    if (!shown || run !== token) return;
    let { bounds } = model.state();
    let at = shown;
    const isLast = !(await model.beyond(shown, 0));
    // After the very last picture, playback restarts at the beginning of the day.
    let next: Picture | undefined = isLast ? ((await model.crossMidnight()) ?? (await model.first())) : shown;
    ({ bounds } = model.state());
    if (isLast && next) at = model.state().shown ?? at;
    while (next && run === token) {
      const began = performance.now();
      await load(next);
      const now = model.state();
      if (run !== token || now.bounds !== bounds) return;
      // If the user has moved elsewhere, playback continues there.
      const elsewhere = now.shown && now.shown.id !== at.id ? now.shown : undefined;
      if (!elsewhere) model.follow(next);
      at = elsewhere ?? next;
      next = await following(at);
      if (!next && run === token) {
        next = await model.crossMidnight();
        if (next) {
          at = next;
          ({ bounds } = model.state());
        }
      }
      if (!elsewhere) await pause(began + TICK - performance.now());
    }
  };
  return {
    isPlaying: () => run !== undefined,
    speed: () => speed,
    setSpeed(next: number): void {
      speed = next;
      changes.notify();
    },
    toggle(): void {
      if (run) {
        stop();
        return;
      }
      const token = {};
      run = token;
      changes.notify();
      const end = (): void => {
        if (run === token) stop();
      };
      play(token).catch(model.complain).finally(end);
    },
    stop,
    subscribe: changes.subscribe,
  };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

/** A picture that cannot be loaded is shown too, with the page's error message. */
async function load({ id }: Picture): Promise<void> {
  const image = new Image();
  image.src = pictureUrl(id);
  await image.decode().catch(() => {});
}
