// Retention rules compared with a simple model over generated sets, around daylight-saving changes.

import fc from 'fast-check';
import t from 'tap';
import { zone } from '../../../../plugins/kit/time/zone.ts';
import {
  type Evidence,
  observe,
  startTrust,
  TOLERANCE,
  whyWait,
} from '../../../../plugins/retain/policy/clock-trust.ts';
import { AHEAD, byAge, type Item, type Period, plan, type Rules } from '../../../../plugins/retain/policy/plan.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Autumn and spring changes, one of them of half an hour only. */
const CHANGES = [
  { name: 'Europe/Berlin', at: Date.UTC(2026, 9, 25, 1) },
  { name: 'Europe/Berlin', at: Date.UTC(2026, 2, 29, 1) },
  { name: 'America/New_York', at: Date.UTC(2026, 10, 1, 6) },
  { name: 'Australia/Lord_Howe', at: Date.UTC(2026, 3, 4, 15) },
  { name: 'Asia/Kathmandu', at: Date.UTC(2026, 5, 1) },
  { name: 'UTC', at: Date.UTC(2026, 11, 31, 23) },
];

const periods: Period[] = ['minute', 'hour', 'day', 'week', 'month'];
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const setting = fc.record({
  change: fc.constantFrom(...CHANGES),
  // Quarter hours around the change: many share an hour, a day or the very same moment.
  offsets: fc.array(fc.integer({ min: -5000, max: 200 }), { maxLength: 40 }),
  cameras: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 40, maxLength: 40 }),
  sizes: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 40, maxLength: 40 }),
  ahead: fc.integer({ min: -100, max: 100 }),
  maxAge: maybe(fc.integer({ min: 1, max: 50 * DAY })),
  maxCount: maybe(fc.integer({ min: 0, max: 10 })),
  maxBytes: maybe(fc.integer({ min: 0, max: 1500 })),
  keepAtLeast: fc.constantFrom(0, 0, 1, 3),
  thin: fc.array(fc.record({ after: fc.integer({ min: 0, max: 40 * DAY }), onePer: fc.constantFrom(...periods) }), {
    maxLength: 3,
  }),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

function itemsOf({ change, offsets, cameras, sizes }: Setting): Item[] {
  return offsets.map((offset, index) => ({
    id: `p${index}`,
    camera: `c${cameras[index]}`,
    time: change.at + (offset * HOUR) / 4,
    size: sizes[index] ?? 1,
  }));
}

function rulesOf({ maxAge, maxCount, maxBytes, thin, keepAtLeast }: Setting): Rules {
  return {
    thin,
    keepAtLeast,
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(maxCount === undefined ? {} : { maxCount }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
}

/** The pictures to keep, computed one by one. */
function model(items: readonly Item[], rules: Rules, now: number, name: string): string[] {
  const isAhead = (item: Item) => item.time > now + AHEAD;
  const older = (a: Item, b: Item) => Number(isAhead(b)) - Number(isAhead(a)) || byAge(a, b);
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: name,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const shown = (time: number, period: Period): string => {
    const text = clock.format(time);
    const day = text.slice(0, 10);
    if (period === 'month') return text.slice(0, 7);
    if (period === 'day') return day;
    if (period === 'week') {
      const date = new Date(`${day}T00:00:00Z`);
      date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
      return `monday ${date.toISOString().slice(0, 10)}`;
    }
    // The offset from UTC distinguishes the two hours of autumn.
    const offset = (Date.parse(`${text.replace(' ', 'T')}Z`) - Math.floor(time / 60_000) * 60_000) / 60_000;
    return `${text.slice(0, period === 'hour' ? 13 : 16)} ${period} ${offset}`;
  };

  const left = new Set<Item>();
  const safe = new Set<Item>();
  for (const camera of new Set(items.map((item) => item.camera))) {
    const ofCamera = items.filter((item) => item.camera === camera).sort(older);
    for (const item of ofCamera.slice(Math.max(0, ofCamera.length - rules.keepAtLeast))) safe.add(item);
    const young = ofCamera.filter(
      (item) => safe.has(item) || rules.maxAge === undefined || now - item.time <= rules.maxAge,
    );
    const tier = (item: Item) =>
      [...rules.thin].filter(({ after }) => now - item.time > after).sort((a, b) => b.after - a.after)[0];
    const name = (item: Item) => {
      const found = tier(item);
      return found && `${found.onePer} ${shown(item.time, found.onePer)}`;
    };
    const thinned = young.filter((item, index) => {
      const own = name(item);
      // A safe picture that is too old represents no period.
      const before = young
        .slice(0, index)
        .filter((other) => rules.maxAge === undefined || now - other.time <= rules.maxAge || safe.has(other));
      return safe.has(item) || own === undefined || !before.some((other) => name(other) === own);
    });
    const counted =
      rules.maxCount === undefined
        ? thinned
        : thinned.slice(Math.max(0, thinned.length - Math.max(rules.maxCount, rules.keepAtLeast)));
    for (const item of counted) left.add(item);
  }
  let bytes = [...left].reduce((sum, { size }) => sum + size, 0);
  for (const item of [...left].sort(older)) {
    if (rules.maxBytes === undefined || bytes <= rules.maxBytes) break;
    if (safe.has(item)) continue;
    left.delete(item);
    bytes -= item.size;
  }
  return [...left].map(({ id }) => id).sort();
}

t.test(
  'in 1,000 generated sets the plan keeps the same pictures as the model, and a second run deletes nothing',
  async (t) => {
    fc.assert(
      fc.property(setting, (generated) => {
        const items = itemsOf(generated);
        const rules = rulesOf(generated);
        const now = generated.change.at + generated.ahead * HOUR;
        const calendar = zone(generated.change.name);

        const gone = new Set(plan(items, rules, now, calendar).map(({ item }) => item.id));
        const left = items.filter(({ id }) => !gone.has(id));

        const wanted = model(items, rules, now, generated.change.name);
        if (
          left
            .map(({ id }) => id)
            .sort()
            .join() !== wanted.join()
        )
          return false;
        return plan(left, rules, now, calendar).length === 0;
      }),
      { numRuns: 1000 },
    );
    t.pass('1,000 sets');
  },
);

t.test('the hour that autumn brings twice is two hours, and the day of 25 hours is one day', async (t) => {
  const berlin = zone('Europe/Berlin');
  const at = (minutes: number): Item => ({
    id: `${minutes}`,
    camera: 'a',
    time: Date.UTC(2026, 9, 25, 0) + minutes * 60_000,
    size: 1,
  });
  const items = [0, 30, 60, 90, 120].map(at);
  const rules = (onePer: Period): Rules => ({ thin: [{ after: DAY, onePer }], keepAtLeast: 0 });
  const now = Date.UTC(2026, 9, 30);

  t.same(
    plan(items, rules('hour'), now, berlin).map(({ item }) => item.id),
    ['30', '90'],
  );
  t.same(plan(items, rules('day'), now, berlin).length, 4);
});

t.test('pictures from the future are deleted first, and displace no real picture', async (t) => {
  const now = Date.UTC(2026, 5, 1);
  const items = [-3, -2, -1, 1e6, 2e6].map((hours) => ({
    id: `${hours}`,
    camera: 'a',
    time: now + hours * HOUR,
    size: 1,
  }));

  const gone = plan(items, { maxCount: 3, thin: [], keepAtLeast: 0 }, now, zone('UTC'));

  t.same(
    gone.map(({ item }) => item.id),
    ['1000000', '2000000'],
  );
});

/** The evidence of a store with pictures of these times. */
const evidenceOf = (...times: number[]): Evidence => ({
  history: {
    newest: async () => (times.length === 0 ? undefined : Math.max(...times)),
    oldest: async (from, to) => times.filter((time) => time >= from && time < to).sort((a, b) => a - b)[0],
  },
  reach: 30 * DAY,
  synchronised: async () => false,
});

t.test('a clock is trusted when it runs steadily, and when all kept pictures agree with it', async (t) => {
  const start = { wall: Date.UTC(2026, 5, 1), monotonic: 0 };
  const trust = startTrust(start);
  const ask = (...ages: number[]) => whyWait(trust, start, evidenceOf(...ages.map((age) => start.wall - age)), DAY);

  t.equal(await ask(), undefined, 'nothing is stored');
  t.equal(await ask(HOUR), undefined, 'all pictures are recent');
  t.equal(await ask(40 * DAY, 25 * HOUR, HOUR), undefined, 'pictures without a pause for the hold');
  t.match(await ask(31 * DAY), /too old/);
  t.match(await ask(400 * DAY, 1000), /pause/, 'one new picture bears the time of the same clock');
  t.match(await ask(-2 * HOUR), /future/);
  const old = evidenceOf(start.wall - 31 * DAY);
  t.equal(await whyWait(trust, start, { ...old, synchronised: async () => true }, DAY), undefined);
  const later = { wall: start.wall + DAY, monotonic: DAY };
  t.equal(await whyWait(observe(trust, later, DAY), later, old, DAY), undefined);
});

t.test(
  'a clock that jumps is trusted again when it jumps back, or after it has been steady for the hold',
  async (t) => {
    const start = { wall: Date.UTC(2026, 5, 1), monotonic: 0 };
    const evidence = evidenceOf(start.wall);
    for (const jump of [365 * DAY, -365 * DAY, TOLERANCE + 1]) {
      const jumped = { wall: start.wall + jump + 1000, monotonic: 1000 };
      const trust = observe(startTrust(start), jumped, DAY);
      t.match(await whyWait(trust, jumped, evidence, DAY), /jumped/);

      const still = { wall: jumped.wall + DAY - 1, monotonic: 1000 + DAY - 1 };
      t.match(await whyWait(observe(trust, still, DAY), still, evidence, DAY), /jumped/);
      const steady = { wall: jumped.wall + DAY, monotonic: 1000 + DAY };
      t.equal(await whyWait(observe(trust, steady, DAY), steady, evidence, DAY), undefined);
      const back = { wall: start.wall + 2000, monotonic: 2000 };
      t.equal(await whyWait(observe(trust, back, DAY), back, evidence, DAY), undefined);
    }
    const set = { wall: start.wall + TOLERANCE, monotonic: 1000 };
    t.equal(
      await whyWait(observe(startTrust(start), set, DAY), set, evidence, DAY),
      undefined,
      'setting it a little is no jump',
    );
  },
);
