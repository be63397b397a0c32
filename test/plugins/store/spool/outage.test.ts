// A server that answers 500 for an hour of the test's clock: afterwards everything is delivered, within the rate, and live pictures are on time.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createFeed, makeCapture, manualClock } from '../../../../testing/index.ts';
import { folderWith } from '../../../support/cli.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

const HOUR_MS = 3_600_000;
const EVERY_MS = 30_000;
const RATE = 2;
const CAMERAS = ['gate', 'yard', 'dock'];
/** The most deliveries in ten seconds: one upload of each camera may have started earlier. */
const MOST = 10 * RATE + CAMERAS.length + 1;

interface Delivery {
  readonly camera: string;
  readonly key: string;
  readonly at: number;
}

async function outage(t: Test, order: 'oldest-first' | 'newest-first') {
  const clock = manualClock();
  const { now } = clock.clock;
  const deliveries: Delivery[] = [];
  let isDown = true;
  let inFlight = 0;
  let requests = 0;
  const server = createServer((request, response) => {
    inFlight++;
    requests++;
    response.on('close', () => inFlight--);
    request.resume().on('end', () => {
      if (isDown) return response.writeHead(500).end();
      const key = String(request.headers['idempotency-key']).replaceAll('"', '');
      deliveries.push({ camera: String(request.url).slice(1), key, at: now() });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const feed = createFeed();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: test/feed }
        spool:
          use: store/spool
          from: camera
          path: ${folderWith(t, {})}
          min_free: 1MiB
          order: ${order}
          rate: ${RATE}/s
        api: { use: upload/http, from: spool, url: 'http://127.0.0.1:${port}/{camera}', send: every, timeout: 5m }
    `,
    { plugins: [feed.plugin], clock: clock.clock },
  );
  /** Waits until all requests in progress have ended; the clock stands still meanwhile. */
  const quiet = async (): Promise<void> => {
    for (let seen = -1, calm = 0; calm < 3; ) {
      await sleep(1);
      calm = inFlight === 0 && seen === requests ? calm + 1 : 0;
      seen = requests;
    }
  };
  const taken = new Map<string, number>();
  let number = 0;
  const pass = async (ms: number, isLive: boolean): Promise<void> => {
    const end = now() + ms;
    let next = now();
    while (now() < end) {
      if (isLive && now() >= next) {
        next += EVERY_MS;
        number++;
        for (const camera of CAMERAS) {
          const key = `${camera}-${number}`;
          taken.set(key, now());
          await feed.send({ ...makeCapture(number), camera, key, time: now() });
        }
      }
      clock.step((isLive ? Math.min(next, end) : end) - now());
      await quiet();
    }
  };
  const waiting = (): number => camd.status('spool').metrics.frames ?? 0;
  return {
    ...{ pass, waiting, deliveries, taken, now },
    recover: () => {
      isDown = false;
    },
  };
}

/** The most deliveries in any ten seconds. */
function densest(deliveries: readonly Delivery[]): number {
  return Math.max(
    ...deliveries.map(
      ({ at }) => deliveries.filter((delivery) => delivery.at >= at && delivery.at < at + 10_000).length,
    ),
  );
}

t.test('after an hour of status 500 everything is delivered, in order for each camera, within the rate', async (t) => {
  const { pass, waiting, deliveries, taken, recover } = await outage(t, 'oldest-first');

  await pass(HOUR_MS, true);
  t.equal(waiting(), (HOUR_MS / EVERY_MS) * CAMERAS.length);
  t.equal(deliveries.length, 0);
  recover();
  for (let minutes = 0; minutes < 30 && waiting() > 0; minutes++) await pass(60_000, false);

  t.equal(waiting(), 0);
  for (const camera of CAMERAS) {
    const keys = deliveries.filter((delivery) => delivery.camera === camera).map(({ key }) => key);
    t.same(
      keys,
      [...taken.keys()].filter((key) => key.startsWith(camera)),
    );
  }
  t.ok(densest(deliveries) <= MOST, `${densest(deliveries)} in ten seconds`);
});

t.test('with newest-first, pictures taken after the outage are late by two intervals at most', async (t) => {
  const { pass, waiting, deliveries, taken, recover, now } = await outage(t, 'newest-first');

  await pass(HOUR_MS, true);
  recover();
  for (let minutes = 0; minutes < 10 && deliveries.length === 0; minutes++) await pass(60_000, true);
  const since = now();
  await pass(600_000, true);
  for (let minutes = 0; minutes < 30 && waiting() > 0; minutes++) await pass(60_000, false);

  const at = new Map(deliveries.map((delivery) => [delivery.key, delivery.at]));
  const live = [...taken].filter(([, time]) => time >= since);
  const late = live.map(([key, time]) => (at.get(key) ?? Number.POSITIVE_INFINITY) - time);
  t.ok(live.length >= 60);
  t.ok(Math.max(...late) <= 2 * EVERY_MS, `at most ${Math.max(...late) / 1000} s late`);
  t.same([...at.keys()].sort(), [...taken.keys()].sort());
  t.ok(densest(deliveries) <= MOST, `${densest(deliveries)} in ten seconds`);
});
