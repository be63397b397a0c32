// The player of the history page: where it starts during a move, and where it continues after one.

import t from 'tap';
import type { Picture } from '../../../plugins/http/history/page/lib/api.ts';
import { createPlayer } from '../../../plugins/http/history/page/lib/player.ts';
import { createState } from '../../../plugins/http/history/page/lib/state.ts';

const DAY = 86_400_000;
const picture = (timestamp: number): Picture => ({ id: `front/${timestamp}`, timestamp });

/** The browser's image class: here a picture is loaded at once. */
function Image() {
  return { src: '', decode: async () => {} };
}

/** All pictures in order of time, and a page that shows the first of them. */
function site(times: readonly number[]) {
  Object.assign(globalThis, { Image });
  const page = createState('front');
  const all = times.map(picture);
  const dayAt = (time: number) => ({ from: time - (time % DAY), to: time - (time % DAY) + DAY });
  const open = (shown: Picture): void => page.set({ shown, bounds: dayAt(shown.timestamp) });
  const inDay = (): Picture[] => {
    const { from, to } = page.current().bounds;
    return all.filter(({ timestamp }) => timestamp >= from && timestamp < to);
  };
  const seen: number[] = [];
  const player = createPlayer({
    state: page.current,
    settled: page.settled,
    beyond: async (shown, by) => inDay().find(({ timestamp }) => timestamp >= shown.timestamp + Math.max(1, by)),
    async crossMidnight() {
      const next = all.find(({ timestamp }) => timestamp >= page.current().bounds.to);
      if (next) open(next);
      return next;
    },
    first: async () => inDay()[0],
    async follow(shown) {
      seen.push(shown.timestamp);
      page.set({ shown });
    },
    complain: page.complain,
  });
  player.setSpeed(0);
  const first = all[0];
  if (first) open(first);
  /** Resolves with the current picture when the player has ended. */
  const ended = (): Promise<number | undefined> =>
    new Promise((resolve) => {
      const release = player.subscribe(() => {
        if (player.isPlaying()) return;
        release();
        resolve(page.current().shown?.timestamp);
      });
    });
  const toEnd = async (): Promise<void> => {
    const last = inDay().at(-1);
    if (last) page.set({ shown: last });
  };
  return { page, player, seen, ended, toEnd };
}

t.test('Play during the search for the last picture starts with the day, as it does afterwards', async (t) => {
  const { page, player, seen, ended, toEnd } = site([1000, 2000, 3000]);
  let arrive = (): void => {};
  const answer = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const end = page.attempt(async () => {
    await answer;
    await toEnd();
  });
  const over = ended();

  player.toggle();
  t.ok(player.isPlaying());
  arrive();
  await end;

  t.equal(await over, 3000);
  t.same(seen, [1000, 2000, 3000]);
});

t.test('after a move to the last picture, playback continues with the next day', async (t) => {
  const { page, player, seen, ended, toEnd } = site([1000, 2000, 3000, DAY + 1000, DAY + 2000]);
  const moved = new Promise<void>((resolve) => {
    const release = page.subscribe(() => {
      if (seen.length === 0) return;
      release();
      resolve(page.attempt(toEnd));
    });
  });
  const over = ended();

  player.toggle();
  await moved;

  t.equal(await over, DAY + 2000);
  t.same(seen.slice(1), [DAY + 1000, DAY + 2000]);
});

t.test('settled() waits for the newest move', async (t) => {
  const page = createState('front');
  const done: string[] = [];
  const steps: (() => void)[] = [];
  const move = (name: string) =>
    page.attempt(async () => {
      await new Promise<void>((resolve) => steps.push(resolve));
      done.push(name);
    });
  void move('first');
  const settled = page.settled().then(() => done.push('settled'));
  void move('second');
  for (const step of steps) step();
  await settled;

  t.same(done, ['first', 'second', 'settled']);
});
