// retain/policy over a real folder: generated sets, links swapped in while it runs, schedules and clocks that jump.
// CAMD_LONG=1: 1,000 folders, and 1,000 links.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../../core/base/clock.ts';
import type { Store } from '../../../core/contract/plugin.ts';
import { createTimeFormat } from '../../../plugins/kit/time/time-format.ts';
import { zone } from '../../../plugins/kit/time/zone.ts';
import { startTrust } from '../../../plugins/retain/policy/clock-trust.ts';
import { plan, type Rules } from '../../../plugins/retain/policy/plan.ts';
import { type RunOptions, runOnce } from '../../../plugins/retain/policy/run.ts';
import { type Keeper, openKeeper } from '../../../plugins/store/disk/keeper.ts';
import { createNames } from '../../../plugins/store/disk/names.ts';
import { frameOf } from '../../conformance/store.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 9, 26, 12);
const ROUNDS = process.env.CAMD_LONG === '1' ? 1000 : 200;

async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'camd-retain-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function keeperAt(path: string, name = '{camera}_{time}.{ext}'): Promise<Keeper> {
  const time = createTimeFormat('%Y%m%dT%H%M%S.%fZ', zone('UTC'));
  const keeper = await openKeeper({
    path,
    names: createNames({ name, latest: undefined, camera: undefined, time }),
    latest: 'none',
    durable: false,
    maxFiles: 100_000,
    minFree: 0,
    stampFiles: false,
    now: systemClock.now,
    monotonic: systemClock.monotonic,
  });
  await keeper.index(new AbortController().signal);
  return keeper;
}

const storeOf = (keeper: Keeper): Store => ({
  ...keeper,
  cameras: async () => keeper.catalogue.cameras(),
  usage: async () => ({ bytes: keeper.catalogue.bytes, count: keeper.catalogue.count }),
});

const runRules = (store: Store, rules: Rules, options: Partial<RunOptions> = {}) =>
  runOnce({
    store,
    rules,
    zone: zone('Europe/Berlin'),
    reading: { wall: NOW, monotonic: 0 },
    // The clock has been steady for a long time.
    trust: { ...startTrust({ wall: NOW, monotonic: 0 }), since: -DAY },
    hold: DAY,
    maxDeletes: 10_000,
    dryRun: false,
    signal: new AbortController().signal,
    synchronised: async () => false,
    onDelete: () => {},
    ...options,
  });

type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

t.test(`in ${ROUNDS} generated folders the planned files are deleted, and no others`, async (t) => {
  const root = await temporaryFolder(t);
  const format = createTimeFormat('%Y%m%dT%H%M%S.%fZ', zone('UTC'));
  const foreign = [
    'a.jpg',
    'notes.txt',
    'a_20200101T000000.000000Z.jpeg',
    'a_20200101T000000Z.jpg',
    'a_20201301T000000.000000Z.jpg',
  ];
  const setting = fc.record({
    quarters: fc.uniqueArray(fc.integer({ min: -4000, max: 40 }), { maxLength: 8 }),
    maxCount: maybe(fc.integer({ min: 0, max: 4 })),
    maxAge: maybe(fc.integer({ min: 1, max: 50 * DAY })),
    maxBytes: maybe(fc.integer({ min: 0, max: 50 })),
    onePer: fc.constantFrom('hour' as const, 'day' as const),
  });
  let number = 0;

  const isRight = async ({
    quarters,
    maxCount,
    maxAge,
    maxBytes,
    onePer,
  }: ValueOf<typeof setting>): Promise<boolean> => {
    const folder = join(root, String(number++));
    mkdirSync(folder);
    const items = quarters.map((quarter, index) => {
      const time = NOW + (quarter * HOUR) / 4;
      const camera = index % 3 === 0 ? 'a' : 'b_1';
      return { id: `${camera}_${format.format(time)}.jpg`, camera, time, size: index + 1 };
    });
    for (const { id, size } of items) writeFileSync(join(folder, id), 'x'.repeat(size));
    for (const name of foreign) writeFileSync(join(folder, name), 'theirs');
    const rules: Rules = {
      thin: [{ after: DAY, onePer }],
      keepAtLeast: 0,
      ...(maxCount === undefined ? {} : { maxCount }),
      ...(maxAge === undefined ? {} : { maxAge }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    const gone = new Set(plan(items, rules, NOW, zone('Europe/Berlin')).map(({ item }) => item.id));

    await runRules(storeOf(await keeperAt(folder)), rules);

    const expected = [...foreign, ...items.map(({ id }) => id).filter((id) => !gone.has(id))];
    const left = readdirSync(folder);
    rmSync(folder, { recursive: true });
    return left.sort().join() === expected.sort().join();
  };

  // Twenty at a time, in parallel.
  await fc.assert(
    fc.asyncProperty(fc.array(setting, { minLength: 20, maxLength: 20 }), async (settings) =>
      (await Promise.all(settings.map(isRight))).every(Boolean),
    ),
    { numRuns: ROUNDS / 20 },
  );
  t.pass(`${ROUNDS} folders`);
});

t.test(`with ${ROUNDS} links swapped in during deletion, no file outside is changed`, async (t) => {
  const folder = await temporaryFolder(t);
  const outside = await temporaryFolder(t);
  const stamp = (index: number): string => `20260101T000000.${String(index).padStart(6, '0')}Z.jpg`;
  const perFolder = 100;
  // The same names outside: following a link would delete one of them.
  for (let index = 0; index < perFolder; index++) writeFileSync(join(outside, stamp(index)), 'theirs');
  let swaps = 0;

  for (let round = 0; swaps < ROUNDS; round++) {
    const own = join(folder, `r${round}`);
    mkdirSync(join(own, 'a'), { recursive: true });
    for (let index = 0; index < perFolder; index++) writeFileSync(join(own, 'a', stamp(index)), 'ours');
    const store = storeOf(await keeperAt(own, '{camera}/{time}.{ext}'));
    const running = runRules(store, { maxAge: DAY, thin: [], keepAtLeast: 0 }).catch((cause: unknown) => cause);
    let over = false;
    void running.then(() => {
      over = true;
    });
    // Swaps between any two steps of the deletion: first the whole folder, then single files.
    for (let turn = 0; !over; turn++) {
      if (turn % 2 === 0) {
        renameSync(join(own, 'a'), join(own, 'aside'));
        symlinkSync(outside, join(own, 'a'));
        swaps++;
        await new Promise((resolve) => setImmediate(resolve));
        rmSync(join(own, 'a'));
        renameSync(join(own, 'aside'), join(own, 'a'));
      } else {
        const victim = join(own, 'a', stamp(turn % perFolder));
        if (lstatSync(victim, { throwIfNoEntry: false })) {
          rmSync(victim);
          symlinkSync(join(outside, stamp(turn % perFolder)), victim);
          swaps++;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (!lstatSync(join(own, 'a'), { throwIfNoEntry: false })) break;
    }
    await running;
    rmSync(own, { recursive: true, force: true });
  }

  t.equal(readdirSync(outside).length, perFolder);
  t.ok(readdirSync(outside).every((name) => readFileSync(join(outside, name), 'utf8') === 'theirs'));
});

t.test(
  'a dry run reports the number of files and deletes none, and a run deletes no more than max_deletes',
  async (t) => {
    const keeper = await keeperAt(await temporaryFolder(t));
    for (let index = 0; index < 5; index++) await keeper.put(frameOf('a', index + 1, NOW - 2 * DAY + index));
    const rules: Rules = { maxAge: DAY, maxBytes: 0, thin: [], keepAtLeast: 0 };
    const store = storeOf(keeper);

    t.match(await runRules(store, rules, { dryRun: true }), { deleted: 5, more: false });
    t.equal(keeper.catalogue.count, 5);
    t.match(await runRules(store, { ...rules, maxBytes: 1e9 }, { maxDeletes: 2 }), { deleted: 2, more: true });
    const left = await keeper.list({ order: 'oldest-first', limit: 10 });
    t.same(
      left.map(({ time }) => time - (NOW - 2 * DAY)),
      [2, 3, 4],
      'the oldest are deleted',
    );
  },
);

const PROFILE = dedent`
  camd: 1
  control: false
  pipeline:
    disk: { use: store/disk, path: pictures, min_free: 0B, durable: false, latest_as: none }
    tidy: { use: retain/policy, into: disk, max_age: 30d, every: 1h, clock_hold: 1d, time_sync: false }
`;

const runs = (camd: Running): number => camd.status('tidy').metrics.runs_total ?? 0;

/** Advances the clock in steps of ten minutes until the node has applied its rules once more. */
async function nextRun(camd: Running, time: ManualClock): Promise<void> {
  const before = runs(camd);
  await until(async () => {
    if (runs(camd) === before) await time.advance(600_000);
    return runs(camd) > before;
  }, 'a run of the rules');
}

t.test('while the clock is years ahead nothing is deleted; once it is right again, old pictures are', async (t) => {
  const time = manualClock(NOW);
  const camd = await run(t, PROFILE, { clock: time.clock });
  const store = camd.port('disk', 'store');
  const old = await store.put(frameOf('a', 1, NOW - 31 * DAY));
  // Pictures without a pause for clock_hold: they prove that the clock is right.
  const recent = [await store.put(frameOf('a', 2, NOW - DAY - HOUR)), await store.put(frameOf('a', 3, NOW - DAY / 2))];

  time.setWall(NOW + 3650 * DAY);
  await nextRun(camd, time);

  const still = await store.read(old.id);
  still?.body.destroy();
  t.ok(still, 'nothing is deleted');
  t.equal(camd.status('tidy').state.is, 'degraded');
  time.setWall(NOW);
  await nextRun(camd, time);
  t.same(await store.list({ order: 'oldest-first', limit: 10 }), recent);
  await camd.state('tidy', 'running');
});

t.test(
  'when even the newest picture seems too old after a start, the rules wait until the clock has been steady',
  async (t) => {
    const time = manualClock(NOW);
    const camd = await run(t, PROFILE, { clock: time.clock });
    const store = camd.port('disk', 'store');
    await store.put(frameOf('a', 1, NOW - 31 * DAY));

    await nextRun(camd, time);
    t.equal((await store.usage()).count, 1);
    t.match(camd.status('tidy').state, { is: 'degraded', why: /too old/ });
    await time.advance(DAY);
    await nextRun(camd, time);

    t.equal((await store.usage()).count, 0);
  },
);

t.test('a schedule follows the calendar of its time zone', async (t) => {
  const time = manualClock(Date.UTC(2026, 9, 26, 1));
  const camd = await run(t, PROFILE.replace('every: 1h', 'schedule: "30 3 * * *", timezone: Europe/Berlin'), {
    clock: time.clock,
  });
  const store = camd.port('disk', 'store');
  await store.put(frameOf('a', 1, NOW - 40 * DAY));
  for (let hours = 36; hours > 0; hours -= 12) await store.put(frameOf('a', 30 - hours, NOW - hours * HOUR));

  await nextRun(camd, time);

  t.ok(time.clock.now() >= Date.UTC(2026, 9, 26, 2, 30), 'half past three in Berlin');
  t.equal((await store.usage()).count, 3, 'the picture of 40 days ago is deleted');
});

for (const days of [400, -400]) {
  t.test(
    `with a clock ${days} days off at the start, nothing is deleted for clock_hold, despite uploads and restarts`,
    async (t) => {
      const folder = await temporaryFolder(t);
      const profile = PROFILE.replace('path: pictures', `path: "${folder}"`);
      const good: string[] = [];
      const before = await run(t, profile, { clock: manualClock(NOW).clock });
      for (let day = 40; day > 0; day--) {
        const { id } = await before.port('disk', 'store').put(frameOf('a', 41 - day, NOW - (day * DAY) / 2));
        good.push(id);
      }
      await before.stop();

      for (let start = 0; start < 3; start++) {
        const time = manualClock(NOW + days * DAY + start * HOUR);
        const camd = await run(t, profile, { clock: time.clock });
        const store = camd.port('disk', 'store');
        for (let hour = 0; hour < 5; hour++) {
          await store.put(frameOf('a', 100 + hour, time.clock.now()));
          await nextRun(camd, time);
        }

        const left = new Set((await store.list({ order: 'oldest-first', limit: 1000 })).map(({ id }) => id));
        t.ok(
          good.every((id) => left.has(id)),
          'the good pictures are there',
        );
        t.equal(camd.status('tidy').state.is, 'degraded');
        await camd.stop();
      }
    },
  );
}

t.test('a backlog is deleted over several runs, and each camera has its share of every run', async (t) => {
  const keeper = await keeperAt(await temporaryFolder(t));
  for (let index = 0; index < 60; index++) await keeper.put(frameOf('busy', index + 1, NOW - 3 * DAY + index));
  for (let index = 0; index < 4; index++) await keeper.put(frameOf('quiet', index + 1, NOW - 2 * DAY + index));
  const rules: Rules = { maxAge: DAY, maxBytes: 0, thin: [], keepAtLeast: 0 };

  const first = await runRules(storeOf(keeper), { ...rules, maxBytes: 1e9 }, { maxDeletes: 10 });

  t.match(first, { deleted: 9, more: true });
  t.equal(
    (await keeper.list({ camera: 'quiet', order: 'oldest-first', limit: 9 })).length,
    0,
    'no old picture of the quiet camera is left',
  );
  t.match(
    await runRules(storeOf(keeper), rules, { maxDeletes: 10 }),
    { deleted: 20, more: true },
    'max_bytes has a budget of its own',
  );
});

t.test('a policy without a rule fails with the reason', async (t) => {
  const camd = run(t, PROFILE.replace('max_age: 30d, ', ''));

  await t.rejects(
    camd.then((running) =>
      running.state('tidy', 'failed').then(({ lastError }) => Promise.reject(new Error(lastError))),
    ),
    /no rule/,
  );
});
