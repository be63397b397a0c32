// Edges behind a thin, long line: pictures at the hub are as new as the line allows, whatever is watched and while uploads go on.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { createProbe } from '../testing/index.ts';
import { fleetCameras, jpegOf } from './support/fleet.ts';
import { run } from './support/harness.ts';
import { natsServer } from './support/nats-server.ts';
import { thinLine } from './support/thin-line.ts';
import { until } from './support/until.ts';

t.setTimeout(300_000);

const PICTURE = 40_000;
const DELAY_MS = 100;
/** Of the line, by a slow upload of the same edge that its own option holds back. */
const UPLOAD_EVERY_MS = 4000;
const CAMERA_MS = 100;

/** The ages of pictures when they arrive, in milliseconds, for so many cameras that are watched. */
async function ages(t: Test, bytesPerSecond: number, watched: number, pictures: number) {
  const server = await natsServer(t);
  const line = thinLine(t, { bytesPerSecond, delay: DELAY_MS });
  const store = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void store.close());
  const [broker, uploads] = [await line.lead(server.port), await line.lead((store.address() as AddressInfo).port)];
  const ids = Array.from({ length: watched }, (_, index) => `cam${index}`);
  const cameras = fleetCameras(() => ({
    data: jpegOf(PICTURE),
    type: 'image/jpeg',
    width: 64,
    height: 48,
    hasHeadroom: false,
  }));
  const edge = await run(
    t,
    `camd: 1
pipeline:
  nats: { use: nats/client, servers: "nats://127.0.0.1:${broker}" }
  cams: { use: test/cameras, ids: [${ids}, stored] }
  edge: { use: nats/edge, via: nats, edge: site, from: cams }
  up: { use: upload/http, from: cams, camera: stored, url: "http://127.0.0.1:${uploads}/", every: ${UPLOAD_EVERY_MS}ms }
`,
    { plugins: [cameras.plugin] },
  );
  const found: number[] = [];
  const probe = createProbe((frame) => void found.push(Date.now() - frame.time));
  await run(
    t,
    `camd: 1
pipeline:
  nats: { use: nats/client, servers: "${server.url}" }
  fleet: { use: source/nats, via: nats }
  probe: { use: test/probe, from: fleet }
`,
    { plugins: [probe.plugin] },
  );
  await until(() => probe.cameras().length > watched, 'the list');
  for (const id of ids) probe.want(id);
  const data = jpegOf(PICTURE);
  const sending = setInterval(() => {
    for (const id of [...ids, 'stored']) {
      cameras.send(id, { data, type: 'image/jpeg', width: 64, height: 48, hasHeadroom: false, time: Date.now() });
    }
  }, CAMERA_MS);
  t.teardown(() => clearInterval(sending));
  const first = 2 * watched;
  let most = 0;
  await until(
    () => {
      if (found.length > first) most = Math.max(most, Number(edge.status('edge').metrics.under_way_bytes));
      return found.length >= first + pictures;
    },
    () => `pictures, of which ${found.length} have come`,
    200_000,
  );
  clearInterval(sending);
  const uploaded = Number(edge.status('up').metrics.uploads_total ?? edge.status('up').framesIn);
  return { ages: found.slice(first, first + pictures).sort((a, b) => a - b), uploaded, most };
}

const LONG = process.env.CAMD_LONG === '1';
const LINES = LONG ? [125_000, 250_000] : [250_000];
const WATCHED = LONG ? [1, 4, 16] : [4];

const PICTURES = LONG ? 40 : 8;

for (const bytesPerSecond of LINES) {
  for (const watched of WATCHED) {
    const mbit = (bytesPerSecond * 8) / 1e6;
    t.test(`${watched} cameras watched over ${mbit} Mbit/s and ${DELAY_MS} ms, with uploads`, async (t) => {
      const found = await ages(t, bytesPerSecond, watched, PICTURES);

      const transfer = (PICTURE / bytesPerSecond) * 1000 + DELAY_MS;
      const [median = 0, worst = 0] = [0.5, 1].map((part) => found.ages[Math.ceil(found.ages.length * part) - 1] ?? 0);
      t.comment(
        `transfer ${Math.round(transfer)} ms; age median ${Math.round(median)} ms, worst ${Math.round(worst)} ms`,
      );
      t.ok(found.uploaded > 0, 'pictures were uploaded meanwhile');
      t.equal(found.ages.length, PICTURES);
      // Milliseconds say something on a quiet machine only; test/plugins/kit/fleet/parts.test.ts counts pictures under way.
      if (!LONG) return;
      t.ok(found.most <= 3 * PICTURE, `a few pictures are under way at most, and ${found.most} bytes were`);
      t.ok(median <= 2 * transfer, 'the age is at most twice the transfer time');
    });
  }
}
