// Pictures over a slow line with a long delay, simulated per millisecond: none is older than twice its transfer time.

import t from 'tap';
import type { Frame } from '../../../../core/contract/plugin.ts';
import { createCredits } from '../../../../plugins/kit/fleet/credits.ts';
import { createPacer } from '../../../../plugins/kit/fleet/pacer.ts';
import type { Reply } from '../../../../plugins/kit/fleet/protocol.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { jpegOf } from '../../../support/fleet.ts';

const PICTURE = 40_000;
/** Bytes of a message without a picture, and of the overhead of NATS and TCP. */
const SMALL = 200;
/** Milliseconds each way. */
const DELAY = 100;
/** Milliseconds between two pictures of a camera, whose clocks differ. */
const CAMERA = 100;
const APART = 37;
/** Milliseconds between two uploads of a picture by the same edge. */
const UPLOAD = 1000;
const SWEEP = 250;
const SECONDS = 10;

interface Message {
  left: number;
  arrive(): void;
}

/** The ages of pictures on arrival at the hub, and the most bytes under way. Rate: bytes per millisecond. */
function watch(rate: number, watched: number) {
  let now = 0;
  const data = jpegOf(PICTURE);
  const newest = new Map<string, Frame>();
  const pacer = createPacer(() => now);
  const credits = createCredits({
    ...{ now: () => now, pacer, want: () => () => {}, count() {} },
    newest: (camera) => newest.get(camera),
  });
  const live: Message[] = [];
  const uploads: Message[] = [];
  const later: { readonly at: number; run(): void }[] = [];
  const after = (run: () => void): void => void later.push({ at: now + DELAY, run });
  const ages: number[] = [];
  let most = 0;

  const lease = { hub: 'h', size: 'full', lease: 10_000 } as const;
  const answer =
    (camera: string, key: string) =>
    (reply: Reply): void => {
      if (reply.is === 'nothing') ask(camera, key);
      if (reply.is === 'probe') {
        const { probe } = reply;
        const back = () => after(() => credits.want({ is: 'want', ...lease, camera, probe }));
        live.push({ left: SMALL, arrive: () => after(back) });
      }
      if (reply.is !== 'picture') return;
      const { head, data: bytes } = reply;
      most = Math.max(most, pacer.underWay);
      const arrive = (): void => {
        ages.push(now - head.time);
        ask(camera, head.key);
      };
      live.push({ left: bytes.length + SMALL, arrive: () => after(arrive) });
    };
  const ask = (camera: string, key: string): void =>
    after(() => credits.next({ is: 'next', ...lease, camera, after: key, every: 0 }, answer(camera, key)));
  /** Passes on at most `room` bytes, and returns the unused rest. */
  const pass = (queue: Message[], room: number): number => {
    let spare = room;
    for (let first = queue[0]; first && spare > 0; first = queue[0]) {
      const bytes = Math.min(spare, first.left);
      first.left -= bytes;
      spare -= bytes;
      if (first.left > 0) break;
      queue.shift();
      first.arrive();
    }
    return spare;
  };

  const ids = Array.from({ length: watched }, (_, index) => `cam${index}`);
  for (const id of ids) ask(id, '');
  for (let taken = 0; now < SECONDS * 1000; now++) {
    for (let due = later[0]; due && due.at <= now; due = later[0]) {
      later.shift();
      due.run();
    }
    for (const [index, id] of ids.entries()) {
      if (now % CAMERA !== (index * APART) % CAMERA) continue;
      newest.set(id, { ...makeFrame(id, ++taken), data, time: now, key: String(taken) });
      credits.offer();
    }
    if (now % UPLOAD === 0) uploads.push({ left: PICTURE, arrive() {} });
    if (now % SWEEP === 0) credits.sweep();
    // Two connections share the line; each can use the share that the other leaves unused.
    const share = live.length > 0 && uploads.length > 0 ? rate / 2 : rate;
    const spare = pass(live, share);
    pass(live, pass(uploads, rate - share + spare));
  }
  return { ages, most };
}

for (const rate of [125, 250]) {
  for (const watched of [1, 4, 16]) {
    const mbit = (rate * 8) / 1000;
    t.test(`${watched} cameras over ${mbit} Mbit/s and ${DELAY} ms, with an upload every second`, (t) => {
      const { ages, most } = watch(rate, watched);

      const transfer = PICTURE / rate + DELAY;
      const sorted = ages.toSorted((a, b) => a - b);
      const [median, worst] = [0.5, 1].map((part) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN);
      t.comment(`transfer ${transfer} ms; ${ages.length} pictures, age median ${median} ms, worst ${worst} ms`);
      t.ok(Number(worst) <= 2 * transfer, 'no picture is older than twice its transfer time');
      t.ok(ages.length >= SECONDS, `${ages.length} pictures have arrived`);
      t.ok(most < 2 * PICTURE, `one picture is under way at a time, not ${most} bytes`);
      t.end();
    });
  }
}
