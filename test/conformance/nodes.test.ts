// Built-in plugins of the smaller kinds under the conformance suites of camd/testing.

import t, { type Test } from 'tap';
import {
  createFeed,
  fakeServer,
  memoryStore,
  nodeCases,
  readingCases,
  retainCases,
  serverCases,
  serviceCases,
  stillsCases,
  storeCases,
  throughCases,
} from '../../testing/index.ts';
import { conform, runCases } from '../support/cases.ts';
import { dedent } from '../support/dedent.ts';
import { fakeSystemctl } from '../support/fake-systemctl.ts';
import { freePort } from '../support/free-port.ts';
import { run } from '../support/harness.ts';
import { klipper } from '../support/klipper.ts';
import { moonraker } from '../support/moonraker.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';

t.setTimeout(180_000);

const UNIT = 'streamer.service';
const DISK = 'use: store/disk, path: pictures, min_free: 0B, durable: false';

/** They send nothing while the camera is healthy. */
const NOTIFIERS = {
  'notify/webhook': "url: 'http://127.0.0.1:9/'",
  'notify/ntfy': "topic: conformance, url: 'http://127.0.0.1:9'",
  'notify/telegram': "token: '123456:abcdefghijklmnopqrstuvwxyzABCDEFGHI', chat: '1'",
  'notify/email': "server: '127.0.0.1:25', sender: a@example.org, to: [b@example.org]",
};

const through = (node: string) => throughCases<Test>(() => ({ node }));

conform(t, {
  'cache/latest': [...through('use: cache/latest'), ...stillsCases<Test>(() => ({ node: 'use: cache/latest' }))],
  'store/disk': [...through(DISK), ...stillsCases<Test>(() => ({ node: DISK }))],
  // It acknowledges a frame once it is on disk, not once its consumers have it.
  'store/spool': nodeCases<Test>(() => {
    const head = 'camd: 1\npipeline:\n  camera: { use: test/feed }\n';
    const spool = '  spool: { use: store/spool, from: camera, path: spool, min_free: 0B }\n';
    return { yaml: `${head}${spool}`, id: 'spool', without: head, plugins: [createFeed().plugin] };
  }),
  'transform/exif': through('use: transform/exif'),
  'transform/image': through('use: transform/image, rotate: 180'),
  'transform/sample': through('use: transform/sample, changed: true'),

  'http/server': serverCases<Test>(() => ({ node: "use: http/server, listen: '127.0.0.1:0'" })),

  'http/moonraker-webcam': nodeCases<Test>(async (t) => {
    const printer = await moonraker(t);
    const gone = await moonraker(t);
    gone.close();
    const entry = (url: string): string =>
      `camd: 1\npipeline:\n  cam: { use: http/moonraker-webcam, moonraker: '${url}', stream_url: /webcam, check: 1s }\n`;
    return { yaml: entry(printer.url), id: 'cam', missing: entry(gone.url) };
  }),

  ...Object.fromEntries(
    Object.entries(NOTIFIERS).map(([use, options]) => [
      use,
      nodeCases<Test>(() => {
        const head = 'camd: 1\npipeline:\n  camera: { use: test/feed }\n';
        return {
          yaml: `${head}  alarm: { use: ${use}, from: camera, ${options} }\n`,
          id: 'alarm',
          without: head,
          plugins: [createFeed().plugin],
        };
      }),
    ]),
  ),

  'printer/moonraker': nodeCases<Test>(async (t) => {
    const printer = await klipper(t);
    const of = (port: number): string =>
      `camd: 1\npipeline:\n  state: { use: printer/moonraker, moonraker: 'http://127.0.0.1:${port}' }\n`;
    return { yaml: of(printer.port), id: 'state', missing: of(await freePort()) };
  }),
  'printer/prusalink': nodeCases<Test>(async (t) => {
    const printer = await fakeServer(t, () => ({ body: '{"printer":{"state":"IDLE"}}' }));
    const of = (port: number): string =>
      `camd: 1\npipeline:\n  state: { use: printer/prusalink, url: 'http://127.0.0.1:${port}', every: 1s }\n`;
    return { yaml: of(printer.port), id: 'state', missing: of(await freePort()) };
  }),

  'retain/policy': retainCases<Test>(() => ({
    node: 'use: retain/policy, max_count: 2, every: 1s, clock_hold: 1ms',
  })),

  'service/systemd': serviceCases<Test>(async (t) => {
    const fake = fakeSystemctl(t, { [UNIT]: 'active' });
    const text = `camd: 1\npipeline:\n  unit: { use: service/systemd, unit: ${UNIT}, linger: 0ms, settle: 0ms }\n`;
    const camd = await run(t, text);
    return {
      service: camd.port('unit', 'service'),
      runs: () => fake.state(UNIT) === 'active',
      set: (runs) => fake.set(UNIT, runs ? 'active' : 'inactive'),
      stuck: (is) => fake.fault(UNIT, 'slow-stop', is),
    };
  }),

  'reading/mqtt': readingCases<Test>(async (t) => {
    const broker = await mosquitto(t);
    const camd = await run(
      t,
      dedent`
        camd: 1
        pipeline:
          broker: { use: mqtt/client, url: "${broker.url}" }
          imu: { use: reading/mqtt, via: broker, topic: imu, fields: { roll: roll, pitch: pitch }, max_age: 10s }
      `,
    );
    const client = await outsider(t, broker.url);
    return {
      readings: camd.port('imu', 'readings'),
      send: (values) => void client.publish('imu', JSON.stringify(values)),
      async sendBroken() {
        for (const text of ['', 'x', '[]', '{"roll":1}', '{"roll":1,"pitch":"2"}', '{"roll":1,"pitch":1e999}']) {
          await client.publishAsync('imu', text);
        }
      },
    };
  }),
});

t.test('the in-memory store conforms', (t) =>
  runCases(
    t,
    storeCases<Test>(async () => {
      const { store } = memoryStore();
      return { store, reopen: async () => store };
    }),
  ),
);
