// upload/prusa-connect with a stand-in that enforces the Camera API over TLS, in half an hour of simulated time.

import t from 'tap';
import { DISCOVER_MS } from '../../../plugins/kit/upload/camera-uploaders.ts';
import { SLOWEST_MS } from '../../../plugins/kit/upload/policy.ts';
import { cameraInfo } from '../../../plugins/upload/prusa-connect/camera-info.ts';
import { networkInfo } from '../../../plugins/upload/prusa-connect/network-info.ts';
import { authority } from '../../support/authority.ts';
import { dedent } from '../../support/dedent.ts';
import { feed } from '../../support/feed.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { manualClock } from '../../support/manual-clock.ts';
import {
  type Act,
  type PrusaConnect,
  type PrusaOptions,
  prusaConnect,
  type Visit,
} from '../../support/prusa-connect.ts';
import { until } from '../../support/until.ts';

const TOKEN = 'Tk3nTk3nTk3nTk3nTk3n';
const FINGERPRINT = 'f1ngerpr1nt-f1ngerpr1nt-0123456789';
/** Odd, so that a sleeper of this length is the deadline of a request and nothing else. */
const TIMEOUT = 7777;
/** Between two pictures; well below the time after which one is stale. Simulated milliseconds. */
const FRESH = 10_000;
const OK: Act = { status: 204 };

const picture = (seed: number) => sampleJpeg({ width: 128, height: 96, seed });

interface Setting {
  readonly skip?: boolean;
  readonly stale?: string;
  readonly every?: string;
  readonly answer?: PrusaOptions['answer'];
}

/** A feed, camd and the stand-in; `pass` lets simulated time go by with a new picture every few seconds. */
async function start(t: Ending, script: (snapshot: number) => Act, setting: Setting = {}) {
  const { skip = false, stale = '30s', every = '10s', answer } = setting;
  const time = manualClock(1_800_000_000_000);
  const { clock } = time;
  const tls = authority(t);
  const camera = await feed(t);
  const prusa = await prusaConnect(t, { authority: tls, now: clock.now, script, ...(answer ? { answer } : {}) });
  const profile = (name: string): string => dedent`
      camd: 1
      pipeline:
        camera: { use: source/tcp, connect: "127.0.0.1:${camera.port}", timeout: 1h }
        prusa:
          use: upload/prusa-connect
          from: camera
          url: ${prusa.url}
          ca: ${tls.ca}
          token: \${env:PC_TOKEN}
          fingerprint: \${env:PC_FINGERPRINT}
          name: ${name}
          every: ${every}
          timeout: ${TIMEOUT}ms
          skip_unchanged: ${skip}
          stale_after: ${stale}
    `;
  const camd = await run(t, profile('Left'), { clock, env: { PC_TOKEN: TOKEN, PC_FINGERPRINT: FINGERPRINT } });
  await until(() => camera.clients() > 0, 'camd to connect to the feed');

  const sent: Buffer[] = [];
  const shoot = async (): Promise<void> => {
    const bytes = picture(sent.length + 1);
    sent.push(bytes);
    const before = camd.status('camera').framesOut;
    camera.send(bytes);
    await until(() => camd.status('camera').framesOut > before, 'the picture to arrive');
  };
  /** Idle until time advances: the uploader sleeps, or its request hangs. */
  const inFlight = () => time.asleepFor((ms) => ms === TIMEOUT);
  const asleep = () => time.asleepFor((ms) => ms > DISCOVER_MS && ms <= SLOWEST_MS && ms !== TIMEOUT);
  const quiet = () => until(() => (inFlight() ? prusa.hanging() : asleep()), 'the uploader to wait');
  let shotAt = 0;
  const pass = async (ms: number, pictures = true): Promise<void> => {
    const end = clock.now() + ms;
    while (clock.now() < end) {
      await quiet();
      if (pictures && clock.now() - shotAt >= FRESH) {
        shotAt = clock.now();
        await shoot();
      }
      await quiet();
      time.step(Math.min(end - clock.now(), DISCOVER_MS));
    }
    await quiet();
  };
  return { clock, camera, prusa, camd, sent, shoot, pass, quiet, profile };
}

const snapshots = (prusa: PrusaConnect): Visit[] => prusa.visits.filter(({ path }) => path === '/c/snapshot');
const seconds = (ms: number) => ms / 1000;

t.test('half an hour of good and bad answers: intervals, back-off and recovery', async (t) => {
  const bad: Act = { status: 401, body: JSON.stringify({ code: 'UNAUTHORIZED', message: `bad token ${TOKEN}` }) };
  const acts: Act[] = [
    ...[
      OK,
      OK,
      { status: 500 },
      { status: 500, body: '<html>oops' },
      OK,
      { status: 503, headers: { 'retry-after': '45' } },
    ],
    ...([OK, 'hang', OK, 'reset', OK, bad, bad, OK, { status: 404 }, OK, { status: 400 }, OK] as const),
  ];
  const site = await start(t, (index) => acts[index] ?? OK);
  const { prusa, camd, pass } = site;
  const why = () => {
    const { state } = camd.status('prusa');
    return state.is === 'degraded' ? state.why : state.is;
  };
  await site.shoot();
  const troubles = new Map<Act, string>();
  const begin = site.clock.now();

  while (site.clock.now() < begin + 30 * 60_000) {
    const before = snapshots(prusa).length;
    await pass(DISCOVER_MS);
    const last = snapshots(prusa).at(-1);
    if (last && snapshots(prusa).length > before) troubles.set(last.act, why());
    if (last?.act === 'hang' && !prusa.hanging()) troubles.set('hang', why());
  }

  const visits = snapshots(prusa);
  const gaps = visits
    .slice(1)
    .map((visit, index) => [visits[index]?.act, seconds(visit.at - (visits[index]?.at ?? 0))] as const);
  const expected: readonly (readonly [number, number])[] = [
    ...([
      [10, 10],
      [10, 10],
      [10, 12],
      [20, 24],
      [10, 10],
      [45, 46],
    ] as const),
    ...([
      [10, 10],
      [17.7, 19.8],
      [10, 10],
      [10, 12],
      [10, 10],
      [300, 300],
      [300, 300],
    ] as const),
    ...([
      [10, 10],
      [10, 12],
      [10, 10],
      [10, 12],
    ] as const),
  ];
  for (const [index, [least, most]] of expected.entries()) {
    const [act, gap] = gaps[index] ?? [];
    t.ok(
      gap !== undefined && gap >= least && gap <= most,
      `after ${JSON.stringify(act)} (${index}): ${gap} s, ${least} to ${most}`,
    );
  }
  const rest = gaps.slice(expected.length).map(([, gap]) => gap);
  t.ok(rest.length > 50, `${rest.length} more uploads`);
  t.ok(
    rest.every((gap) => gap === 10),
    'every 10 s to the end',
  );

  t.strictSame(prusa.faults, [], 'every request keeps to the document');
  t.ok(
    visits.every(({ body }) => site.sent.some((bytes) => bytes.equals(body))),
    'pictures arrive byte for byte',
  );
  t.ok(
    prusa.connections() <= 4,
    `one connection but for the hang, the reset and what followed: ${prusa.connections()}`,
  );
  t.match(troubles.get('hang'), /did not answer in time/);
  t.match(troubles.get('reset'), /reset the connection/);
  t.match(troubles.get(bad), /answered 401, "bad token \*\*\*": .*add a new "other camera".*\.$/);
  t.match(camd.status('prusa').state, { is: 'running' });

  const infos = prusa.visits.filter(({ path }) => path === '/c/info');
  t.equal(infos.length, 1, 'the camera attributes are sent once');
  const info = JSON.parse(String(infos[0]?.body));
  t.match(info, { config: { name: 'Left', resolution: { width: 128, height: 96 } } });
  const visible = JSON.stringify([camd.lines, camd.daemon.view.nodes()]);
  t.notOk(visible.includes(TOKEN), 'the token is not in logs or status, though the API returns it');
  t.notOk(visible.includes(FINGERPRINT), 'nor is the fingerprint');
});

t.test('a stale picture is never sent, and a new one at once', async (t) => {
  const { prusa, camd, pass, shoot, quiet } = await start(t, () => OK);
  await shoot();
  await pass(60_000);
  const before = snapshots(prusa).length;

  await pass(120_000, false);
  const during = snapshots(prusa).length - before;
  const state = camd.status('prusa').state;
  await shoot();
  await until(() => snapshots(prusa).length > before + during, 'the new picture to be uploaded');
  await quiet();

  t.ok(during <= 3, `the last picture is good for 30 s: ${during}`);
  t.match(state, { is: 'degraded', why: /^camera has sent no new picture for more than .*\. Check the camera\.$/ });
  t.match(camd.status('prusa').state, { is: 'running' });
});

t.test('the same picture is not sent again if so configured, and a new size is reported', async (t) => {
  const site = await start(t, () => OK, { skip: true, stale: '1h' });
  const { prusa, camera, camd, pass } = site;
  await site.shoot();

  await pass(60_000, false);
  const unchanged = snapshots(prusa).length;
  const before = camd.status('camera').framesOut;
  camera.send(sampleJpeg({ width: 160, height: 96, seed: 99 }));
  await until(() => camd.status('camera').framesOut > before, 'the picture to arrive');
  await pass(20_000, false);

  t.equal(unchanged, 1);
  t.equal(snapshots(prusa).length, 2);
  const widths = prusa.visits
    .filter(({ path }) => path === '/c/info')
    .map(({ body }) => JSON.parse(String(body)).config.resolution.width);
  t.strictSame(widths, [128, 160]);
  t.strictSame(prusa.faults, []);
});

t.test('the network report to Prusa Connect has no nulls and no internal interfaces', async (t) => {
  const one = (family: 'IPv4' | 'IPv6', address: string, mac: string, internal = false) =>
    family === 'IPv4'
      ? { family, address, mac, internal, netmask: '', cidr: null }
      : { family, address, mac, internal, netmask: '', cidr: null, scopeid: 0 };
  const network = networkInfo({
    lo: [one('IPv4', '127.0.0.1', '00:00', true)],
    docker0: [one('IPv4', '172.17.0.1', '02:42')],
    eth0: [one('IPv6', 'fe80::1', 'aa:01'), one('IPv4', '192.168.1.5', 'aa:01')],
    wlan0: [one('IPv4', '192.168.1.6', 'bb:02'), one('IPv6', '2001:db8::6', 'bb:02')],
  });

  t.strictSame(network, {
    ...{ lan_mac: 'aa:01', lan_ipv4: '192.168.1.5' },
    ...{ wifi_mac: 'bb:02', wifi_ipv4: '192.168.1.6', wifi_ipv6: '2001:db8::6' },
  });
  t.strictSame(networkInfo({}), {});
  const info = JSON.parse(
    cameraInfo({ name: 'x'.repeat(80), width: 0, height: 0, network: {}, everyMs: 12_000, version: '1' }),
  );
  t.strictSame(info, { config: { name: 'x'.repeat(64), firmware: 'camd 1' } });
});

const infosOf = (prusa: PrusaConnect): { name: string; trigger_scheme?: string }[] =>
  prusa.visits.filter(({ path }) => path === '/c/info').map(({ body }) => JSON.parse(String(body)).config);

t.test(
  'a name set in Prusa Connect stays, over new picture sizes and restarts; a new one in the profile is sent',
  async (t) => {
    let there = '';
    const site = await start(t, () => OK, {
      skip: true,
      stale: '1h',
      answer: ({ config }) => {
        there = there === '' ? 'Renamed there' : String(config.name);
        return { name: there, config: { ...config, name: there } };
      },
    });
    const { prusa, camera, camd, pass, profile } = site;
    const newSize = async (width: number): Promise<void> => {
      const before = camd.status('camera').framesOut;
      camera.send(sampleJpeg({ width, height: 96, seed: width }));
      await until(() => camd.status('camera').framesOut > before, 'the picture to arrive');
      await pass(20_000, false);
    };
    await newSize(128);
    await newSize(160);
    t.strictSame(
      infosOf(prusa).map(({ name }) => name),
      ['Left', 'Renamed there'],
    );
    t.ok(camd.lines.some(({ node, name }) => node === 'prusa' && name === 'Renamed there'));

    // A new instance of the node keeps the answers that the old one received.
    t.match(await camd.reload(profile('Left').replace('every: 10s', 'every: 10s\n    network: false')), { ok: true });
    await newSize(192);
    t.match(await camd.reload(profile('Right').replace('every: 10s', 'every: 10s\n    network: false')), { ok: true });
    await newSize(224);
    t.strictSame(
      infosOf(prusa).map(({ name }) => name),
      ['Left', 'Renamed there', 'Renamed there', 'Right'],
    );
    t.strictSame(prusa.faults, []);
  },
);

t.test('the interval is reported, and a longer one set in Prusa Connect takes precedence', async (t) => {
  const { prusa, pass, shoot, camd } = await start(t, () => OK, {
    answer: ({ config }) => ({ config: { ...config, trigger_scheme: 'SIXTY_SEC' }, deleted: true }),
  });
  await shoot();
  await pass(10 * 60_000);
  t.equal(infosOf(prusa)[0]?.trigger_scheme, 'TEN_SEC');
  const gaps = snapshots(prusa)
    .slice(1)
    .map(({ at }, index) => seconds(at - (snapshots(prusa)[index]?.at ?? 0)));
  t.strictSame(new Set(gaps.slice(1)), new Set([60]), 'a picture a minute');
  t.ok(camd.lines.some(({ msg }) => msg === 'Prusa Connect requests fewer pictures than "every"'));
  t.ok(camd.lines.some(({ msg }) => /has deleted this camera/.test(msg)));
});
