// store/s3 on a real S3 server: the conformance suite, faults of the network and the clock, and reading with Debian's s3cmd.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../../core/base/clock.ts';
import { frameOf, storeConformance } from '../../conformance/store.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { faultProxy, type Trouble } from '../../support/s3/fault-proxy.ts';
import { s3Server } from '../../support/s3/server.ts';
import { until } from '../../support/until.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

const server = await s3Server(t);
await server.bucket('pictures');
let roots = 0;
const newRoot = (): string => `root-${++roots}/`;

interface Setup {
  readonly origin?: string;
  readonly root?: string;
  readonly more?: string;
  readonly clock?: Clock;
}

const profileOf = ({ origin = server.origin, root = newRoot(), more = '' }: Setup = {}): string => dedent`
  camd: 1
  control: false
  pipeline:
    s3:
      use: store/s3
      endpoint: ${origin}
      bucket: pictures
      access_key: ${server.accessKey}
      secret_key: ${server.secretKey}
      key: '${root}{camera}/{time}_{key}.{ext}'
      ${more}
`;

const runStore = async (t: Test, setup: Setup = {}): Promise<Running> =>
  run(t, profileOf(setup), setup.clock ? { clock: setup.clock } : {});

/** Pauses and deadlines pass fifty times as fast; the tests set longer deadlines accordingly. */
const hasty = (ahead = 0): Clock => ({
  ...systemClock,
  now: () => systemClock.now() + ahead,
  sleep: (ms, signal) => systemClock.sleep(ms / 50, signal),
});
const PATIENT = 'timeout: 10m\n      give_up: 1h';

t.test('store/s3 conforms despite faults of the network and a wrong clock', async (t) => {
  const troubles: Trouble[] = ['slow-down', 'dies-in-answer', 'spoilt-body', 'dies-in-request', 'wrong-etag'];
  // Every third request has a fault, each kind in turn; a repeated request succeeds in the end.
  const proxy = await faultProxy(t, server.port, (_, number) =>
    number % 3 === 0 ? (troubles[(number / 3) % troubles.length] ?? 'none') : 'none',
  );

  await storeConformance(t, async (t) => {
    const setup = { origin: proxy.origin, root: newRoot(), more: PATIENT, clock: hasty(HOUR) };
    const camd = await runStore(t, setup);
    return {
      store: camd.port('s3', 'store'),
      async reopen() {
        await camd.stop();
        return (await runStore(t, setup)).port('s3', 'store');
      },
    };
  });

  for (const trouble of troubles) t.ok((proxy.counts[trouble] ?? 0) > 3, `${trouble}: ${proxy.counts[trouble]}`);
});

t.test('if the connection dies after the server has received a picture, the picture is stored once', async (t) => {
  const proxy = await faultProxy(t, server.port, (request, number) =>
    request.method === 'PUT' && number < 4 ? 'dies-in-answer' : 'none',
  );
  const camd = await runStore(t, { origin: proxy.origin, more: PATIENT, clock: hasty() });
  const store = camd.port('s3', 'store');

  const kept = await store.put(frameOf('front', 1, NOON));

  t.ok(proxy.requests.filter((line) => line.startsWith('PUT')).length > 1);
  t.same(await store.list({ order: 'oldest-first', limit: 10 }), [kept]);
});

t.test('if the server answers with a wrong checksum, the frame is refused in the end', async (t) => {
  const proxy = await faultProxy(t, server.port, (request) => (request.method === 'PUT' ? 'wrong-etag' : 'none'));
  const camd = await runStore(t, { origin: proxy.origin, more: 'give_up: 10s' });

  await t.rejects(camd.port('s3', 'store').put(frameOf('front', 1, NOON)), { code: 'checksum' });

  await camd.state('s3', 'degraded');
});

t.test('a wrong secret key is reported at the start, without a second request', async (t) => {
  const proxy = await faultProxy(t, server.port, () => 'none');
  const yaml = profileOf({ origin: proxy.origin }).replace(server.secretKey, 'another-secret');

  const camd = await run(t, yaml);
  const status = await camd.state('s3', 'degraded');

  t.match(JSON.stringify(status.state), /SignatureDoesNotMatch|AccessDenied/);
  t.equal(proxy.requests.length, 1);
  t.notMatch(JSON.stringify(camd.lines), /another-secret/);
});

t.test('with credentials for one folder, pictures are stored there and nowhere else', async (t) => {
  const { origin, accessKey, secretKey } = await server.limited(t, 'pictures', 'site-1/');
  const yaml = (root: string): string =>
    profileOf({ origin, root })
      .replace(`access_key: ${server.accessKey}`, `access_key: ${accessKey}`)
      .replace(`secret_key: ${server.secretKey}`, `secret_key: ${secretKey}`);
  const own = await run(t, yaml('site-1/'));
  const { state } = await own.state('s3', 'degraded');

  const { id } = await own.port('s3', 'store').put(frameOf('front', 1, NOON));
  await own.state('s3', 'running');
  const other = await run(t, yaml('site-2/'));
  await t.rejects(other.port('s3', 'store').put(frameOf('front', 1, NOON)), { message: /AccessDenied/ });
  const archive = await runStore(t, { root: 'site-1/' });
  const found = await archive.port('s3', 'store').list({ order: 'oldest-first', limit: 10 });

  t.match(
    JSON.stringify(state),
    /cannot be read.*AccessDenied/,
    'the missing right to list is reported until a picture is stored',
  );
  t.match(id, /^site-1\/front\//);
  t.same(
    found.map((kept) => kept.id),
    [id],
  );
});

t.test('a missing bucket is reported', async (t) => {
  const camd = await run(t, profileOf().replace('bucket: pictures', 'bucket: no-such-bucket'));

  const { state } = await camd.state('s3', 'degraded');

  t.match(JSON.stringify(state), /Create the bucket/);
});

t.test('an upload is acknowledged once it is in the bucket, and is then served as a snapshot', async (t) => {
  const nodes = [
    'web: { use: http/server, listen: 127.0.0.1:0 }',
    "posted: { use: source/http, on: web, path: '/in/{camera}', token: a-token-of-ours-16 }",
    "snapshot: { use: http/snapshot, on: web, from: s3, path: '/{camera}.jpg' }",
  ];
  const yaml = [profileOf({ more: 'from: posted' }).trimEnd(), ...nodes].join('\n  ');
  const camd = await run(t, yaml);
  const { origin } = camd.port('web', 'server');
  const picture = frameOf('front', 1, NOON).data;

  const posted = await fetch(`${origin}/in/front`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-token-of-ours-16', 'content-type': 'image/jpeg' },
    body: new Uint8Array(picture),
  });
  const [kept] = await camd.port('s3', 'store').list({ order: 'newest-first', limit: 1 });
  const shown = await fetch(`${origin}/front.jpg`);

  t.ok(posted.ok, String(posted.status));
  t.equal(kept?.size, picture.length);
  t.ok(picture.equals(Buffer.from(await shown.arrayBuffer())));
});

t.test('an instance that has stored nothing finds the newest picture', async (t) => {
  const root = newRoot();
  const writer = (await runStore(t, { root })).port('s3', 'store');
  for (const [index, at] of [NOON - 40 * 24 * HOUR, NOON, NOON - HOUR].entries()) {
    await writer.put(frameOf('front', index + 1, at));
  }

  const reader = await runStore(t, { root });
  const found = await reader.port('s3', 'stills').find?.('front');

  t.equal(found?.frame.time, NOON);
  t.equal(found?.frame.data.equals(frameOf('front', 2, NOON).data), true);
});

t.test('links allow reading and storing one picture without credentials, and nothing else', async (t) => {
  const camd = await runStore(t);
  const store = camd.port('s3', 'store');
  const frame = frameOf('front', 1, NOON);
  const md5 = createHash('md5').update(frame.data).digest('base64');

  const admission = await store.admit?.({ ...frame, size: frame.data.length, md5 }, 60_000);
  if (!admission) throw new Error('the store admits nothing');
  const other = Buffer.from(frame.data);
  other[100] = (other[100] ?? 0) ^ 1;
  const forged = await fetch(admission.url, { method: 'PUT', headers: admission.headers, body: new Uint8Array(other) });
  const elsewhere = await fetch(admission.url.replace('front', 'other'), {
    method: 'PUT',
    headers: admission.headers,
    body: new Uint8Array(frame.data),
  });
  const put = await fetch(admission.url, {
    method: 'PUT',
    headers: admission.headers,
    body: new Uint8Array(frame.data),
  });
  const link = (await store.link?.(admission.kept.id, 60_000)) ?? '';
  const read = Buffer.from(await (await fetch(link)).arrayBuffer());

  t.equal(forged.ok, false);
  t.equal(elsewhere.status, 403);
  t.equal(put.status, 200);
  t.ok(read.equals(frame.data));
  t.same(await store.list({ order: 'oldest-first', limit: 10 }), [admission.kept]);
});

t.test("Debian's s3cmd reads the pictures of camd", async (t) => {
  const root = newRoot();
  const camd = await runStore(t, { root });
  const frame = frameOf('front', 1, NOON);
  const kept = await camd.port('s3', 'store').put(frame);
  const folder = folderWith(t, {});
  const host = new URL(server.origin).host;
  writeFileSync(
    join(folder, 's3cfg'),
    dedent`
      [default]
      access_key = ${server.accessKey}
      secret_key = ${server.secretKey}
      host_base = ${host}
      host_bucket = ${host}
      use_https = False
      bucket_location = us-east-1
    `,
  );
  const s3cmd = async (...args: string[]) =>
    (await promisify(execFile)('s3cmd', ['-c', join(folder, 's3cfg'), ...args])).stdout;

  const listed = await s3cmd('ls', '--recursive', `s3://pictures/${root}`);
  await s3cmd('get', `s3://pictures/${kept.id}`, join(folder, 'got.jpg'));

  t.match(listed, new RegExp(`${frame.data.length}\\s+s3://pictures/${kept.id}`));
  t.ok(readFileSync(join(folder, 'got.jpg')).equals(frame.data));
});

t.test('pages of a list are joined in both directions, also within a folder', async (t) => {
  const store = (await runStore(t)).port('s3', 'store');
  const cameras = ['a', 'b', 'c'];
  for (let second = 0; second < 9; second++) {
    await Promise.all(cameras.map((camera) => store.put(frameOf(camera, second + 1, NOON + second * 60_000))));
  }

  const oldest = await store.list({ order: 'oldest-first', limit: 100 });
  const newest = await store.list({ order: 'newest-first', limit: 100 });
  const [last] = await store.list({ camera: 'b', order: 'newest-first', limit: 1 });
  const usage = await store.usage();

  t.equal(oldest.length, 27);
  t.same([...newest].reverse(), oldest);
  t.equal(last?.time, NOON + 8 * 60_000);
  t.equal(usage.count, 27);
});

t.test('while the server is unreachable frames are refused, and the store recovers afterwards', async (t) => {
  let isAway = true;
  const proxy = await faultProxy(t, server.port, () => (isAway ? 'dies-in-request' : 'none'));
  const camd = await runStore(t, { origin: proxy.origin, more: 'give_up: 5s' });
  const store = camd.port('s3', 'store');

  await t.rejects(store.put(frameOf('front', 1, NOON)), { name: 'Fault' });
  await camd.state('s3', 'degraded');
  isAway = false;
  await until(
    () =>
      store.put(frameOf('front', 1, NOON)).then(
        () => true,
        () => false,
      ),
    'the picture to be accepted',
  );

  await camd.state('s3', 'running');
});

t.test(
  'http/history and retain/policy work on a bucket; its pictures can be fetched from the bucket itself',
  async (t) => {
    const nodes = [
      'web: { use: http/server, listen: 127.0.0.1:0 }',
      'history: { use: http/history, on: web, from: s3, path: /history }',
      'direct: { use: http/history, on: web, from: s3, path: /direct, links: direct }',
      'retention: { use: retain/policy, into: s3, max_count: 2, every: 1s, clock_hold: 1ms }',
    ];
    const root = newRoot();
    const camd = await run(t, [profileOf({ root }).trimEnd(), ...nodes.slice(0, 3)].join('\n  '));
    const store = camd.port('s3', 'store');
    for (const minute of [0, 1, 2]) await store.put(frameOf('front', minute + 1, NOON + minute * 60_000));
    const { origin } = camd.port('web', 'server');

    const list = (await (await fetch(`${origin}/history/cameras/front`)).json()) as {
      pictures: { id: string; url: string }[];
    };
    const through = await fetch(`${origin}${list.pictures[0]?.url}`);
    const direct = await fetch(`${origin}/direct/pictures/${list.pictures[0]?.id}`, { redirect: 'manual' });
    const location = direct.headers.get('location') ?? '';
    const absent = await fetch(
      `${origin}/direct/pictures/${list.pictures[0]?.id.replace('2026-11-20', '2026-11-21')}`,
      { redirect: 'manual' },
    );

    const newest = frameOf('front', 3, NOON).data;
    t.equal(list.pictures.length, 3);
    t.ok(newest.equals(Buffer.from(await through.arrayBuffer())));
    t.equal(direct.status, 302);
    t.equal(new URL(location).origin, server.origin);
    t.ok(newest.equals(Buffer.from(await (await fetch(location)).arrayBuffer())));
    t.equal(absent.status, 404);

    await camd.reload([profileOf({ root }).trimEnd(), ...nodes].join('\n  '));
    await until(async () => (await store.usage()).count === 2, 'the oldest picture to be deleted');
  },
);
