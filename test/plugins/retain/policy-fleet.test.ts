// retain/policy with a fleet of 200 screens: the default number of deletions keeps up.

import t from 'tap';
import type { Kept, Store } from '../../../core/contract/plugin.ts';
import { zone } from '../../../plugins/kit/time/zone.ts';
import { type ClockReading, type ClockTrust, startTrust } from '../../../plugins/retain/policy/clock-trust.ts';
import { runOnce } from '../../../plugins/retain/policy/run.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 9, 26, 12);
/** Of the simulated day. */
const HOURS = process.env.CAMD_LONG === '1' ? 24 : 6;

const tidy = (store: Store, reading: ClockReading, trust: ClockTrust) =>
  runOnce({
    store,
    rules: { maxAge: HOUR, thin: [], keepAtLeast: 1 },
    zone: zone('UTC'),
    reading,
    trust,
    hold: DAY,
    maxDeletes: 10_000,
    dryRun: false,
    signal: new AbortController().signal,
    synchronised: async () => false,
    onDelete: () => {},
  });

/** A store without a disk: the pictures of each camera in their order. */
function memoryStore(cameras: Map<string, Kept[]>): Store {
  const all = (): Kept[] => [...cameras.values()].flat().sort((a, b) => a.time - b.time);
  return {
    put: () => Promise.reject(new Error('not used')),
    async list({ camera, from = 0, to = Number.POSITIVE_INFINITY, limit, order, after }) {
      const of = camera === undefined ? all() : (cameras.get(camera) ?? []);
      const found = of.filter(({ time }) => time >= from && time < to);
      if (order === 'newest-first') found.reverse();
      const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
      return found.slice(start, start + limit);
    },
    cameras: async () => [...cameras.keys()],
    read: async () => undefined,
    async delete(id) {
      const of = cameras.get(id.split('/', 1)[0] ?? '') ?? [];
      const at = of.findIndex((picture) => picture.id === id);
      if (at >= 0) of.splice(at, 1);
      return at >= 0;
    },
    usage: async () => ({ bytes: all().length, count: all().length }),
  };
}

t.test('the defaults keep up with 24,000 pictures an hour from 200 cameras', async (t) => {
  const cameras = 200;
  const perHour = 24_000;
  const kept = new Map<string, Kept[]>();
  const store = memoryStore(kept);
  let now = NOW;
  let most = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    for (let index = 0; index < perHour; index++) {
      const camera = `screen-${index % cameras}`;
      const picture: Kept = {
        id: `${camera}/${hour}-${index}`,
        camera,
        time: now + index * 150,
        seq: index,
        type: 'image/jpeg',
        size: 1,
      };
      kept.set(camera, kept.get(camera) ?? []);
      kept.get(camera)?.push(picture);
    }
    now += HOUR;
    const trust = { ...startTrust({ wall: now, monotonic: 0 }), since: -DAY };
    const reading = { wall: now, monotonic: 0 };
    // As the node does: the next run follows while more are due.
    for (let more = true; more; ) {
      ({ more } = await tidy(store, reading, trust));
    }
    most = Math.max(most, ...[...kept.values()].map(({ length }) => length));
  }

  t.ok(most <= perHour / cameras + 1, `no camera has more than an hour of pictures: ${most}`);
});
