// http/snapshot-api: every answer of the original API, files with ranges, one stop of a service per request, and refusals.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { startDaemon } from '../../support/daemon.ts';
import { dedent } from '../../support/dedent.ts';
import { fakeSystemctl } from '../../support/fake-systemctl.ts';
import { fakeCameras } from '../../support/fake-v4l2.ts';
import { type Ending, type Running, run } from '../../support/harness.ts';
import { camdProgram } from '../../support/program.ts';
import { until } from '../../support/until.ts';

const UNIT = 'streamer.service';
const TIME = String.raw`\d{8}_\d{12}`;
const PREFIXES = '[snapshot, api_all_cams, api_stereo, all_cams, stereo]';

const profile = (
  left: string,
  right: string,
  extra: { api?: string; disk?: string; service?: string } = {},
): string => dedent`
  camd: 1
  control: false
  pipeline:
    eyes:
      use: source/v4l2
      mode: still
      width: 640
      height: 480
      cameras:
        left: { device: ${left}, stereo: true, interrupts: streamer }
        right: { device: ${right}, stereo: true, interrupts: streamer }
    streamer: { use: service/systemd, unit: ${UNIT}${extra.service ?? ''} }
    tagged: { use: transform/exif, from: eyes, offsets: { left: { roll: 1.5 } } }
    disk:
      use: store/disk
      from: tagged
      path: pictures
      name: '{prefix}_{camera}_{time}.{ext}'
      prefixes: ${PREFIXES}
      time_format: '%Y%m%d_%H%M%S%f'
      latest_as: none
      ${extra.disk ?? 'min_free: 0B'}
    web: { use: http/server, listen: 127.0.0.1:0 }
    api: { use: http/snapshot-api, on: web, from: disk, cameras: [eyes, tagged], services: streamer${extra.api ?? ''} }
`;

interface Machine {
  readonly camd: Running;
  readonly origin: string;
  readonly cameras: Awaited<ReturnType<typeof fakeCameras>>;
  readonly systemctl: ReturnType<typeof fakeSystemctl>;
  readonly yaml: string;
}

async function machine(t: Ending, extra: Parameters<typeof profile>[2] = {}): Promise<Machine> {
  const systemctl = fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);
  const yaml = profile(cameras.plug('left'), cameras.plug('right'), extra);
  const camd = await run(t, yaml);
  await camd.state('eyes', 'running');
  return { camd, origin: camd.port('web', 'server').origin, cameras, systemctl, yaml };
}

/** All fields of the answers; each answer has some of them. */
interface Body {
  readonly filename: string;
  readonly image_url_path: string;
  readonly download_url?: string;
  readonly error?: string;
  readonly results: readonly Body[];
}

/** Like the original client: POST without a body and without a Content-Type. */
async function ask(url: string, init: RequestInit = { method: 'POST' }): Promise<{ status: number; body: Body }> {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Body };
}

/** fetch does not let a program set Sec-Fetch-Site. */
const statusWith = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    httpGet(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });

t.test('the camera list equals that of the original', async (t) => {
  const { origin, cameras } = await machine(t);

  const { status, body } = await ask(`${origin}/api/cameras`, {});

  t.equal(status, 200);
  t.same(body, [
    {
      name: 'left',
      device_path: `${cameras.folder}/left`,
      type: 'stream_interrupt',
      width: 640,
      height: 480,
      pixel_format: 'MJPG',
      stereo: true,
      service_name: UNIT,
      roll_offset: 1.5,
      pitch_offset: 0,
      yaw_offset: 0,
    },
    {
      name: 'right',
      device_path: `${cameras.folder}/right`,
      type: 'stream_interrupt',
      width: 640,
      height: 480,
      pixel_format: 'MJPG',
      stereo: true,
      service_name: UNIT,
      roll_offset: 0,
      pitch_offset: 0,
      yaw_offset: 0,
    },
  ]);
});

t.test('a picture of one camera, its file with ranges, and its download', async (t) => {
  const { origin, systemctl } = await machine(t);

  const { status, body } = await ask(`${origin}/api/snapshot/left`);

  t.equal(status, 200);
  t.match(body.filename, new RegExp(`^snapshot_left_${TIME}\\.jpg$`));
  t.match(body, {
    success: true,
    message: `Snapshot taken: ${body.filename}`,
    image_url_path: `/snapshots/${body.filename}`,
  });
  t.same(systemctl.calls(), [`stop ${UNIT}`, `start ${UNIT}`]);

  const whole = await fetch(origin + body.image_url_path);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const header = (name: string): string => whole.headers.get(name) ?? '';
  t.equal(header('content-type'), 'image/jpeg');
  t.equal(header('content-disposition'), `inline; filename="${body.filename}"`);
  t.equal(header('cache-control'), 'no-cache');
  t.ok(Date.parse(header('last-modified')) > 0);
  t.ok(bytes.length > 1000 && bytes.readUInt16BE(0) === 0xffd8);

  const part = await fetch(origin + body.image_url_path, { headers: { range: 'bytes=2-9' } });
  t.equal(part.status, 206);
  t.equal(part.headers.get('content-range'), `bytes 2-9/${bytes.length}`);
  t.same(Buffer.from(await part.arrayBuffer()), bytes.subarray(2, 10));
  const tail = await fetch(origin + body.image_url_path, { headers: { range: 'bytes=-2' } });
  t.same([...Buffer.from(await tail.arrayBuffer())], [0xff, 0xd9]);
  const beyond = await fetch(origin + body.image_url_path, { headers: { range: 'bytes=9999999-' } });
  t.same([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${bytes.length}`]);
  const same = await fetch(origin + body.image_url_path, { headers: { 'if-none-match': header('etag') } });
  t.equal(same.status, 304);
  const download = await fetch(`${origin}/download/${body.filename}`);
  t.equal(download.headers.get('content-disposition'), `attachment; filename="${body.filename}"`);
  t.same(Buffer.from(await download.arrayBuffer()), bytes);
  const none = await fetch(`${origin}/snapshots/..%2fprofile.yaml`);
  t.same([none.status, none.headers.get('content-type')], [404, 'text/html; charset=utf-8']);
});

t.test('all and stereo stop the service once, and every camera has its result', async (t) => {
  const { origin, cameras, systemctl } = await machine(t);

  const stereo = await ask(`${origin}/api/snapshot/stereo`);
  cameras.unplug('right');
  const all = await ask(`${origin}/api/snapshot/all`, {});

  t.equal(stereo.status, 200);
  t.match(stereo.body.results, [
    {
      camera_name: 'left',
      status: 'success',
      filename: new RegExp(`^api_stereo_left_${TIME}\\.jpg$`),
      skew_ms: Number,
    },
    { camera_name: 'right', status: 'success', filename: new RegExp(`^api_stereo_right_${TIME}\\.jpg$`) },
  ]);
  t.equal(all.status, 200);
  t.match(all.body.results, [
    { camera_name: 'left', status: 'success', filename: /^api_all_cams_left_/ },
    { camera_name: 'right', status: 'failure', error: /^Capture failed: .*right/ },
  ]);
  t.same(systemctl.calls(), [`stop ${UNIT}`, `start ${UNIT}`, `stop ${UNIT}`, `start ${UNIT}`]);
});

t.test('errors have the status and the text of the original', async (t) => {
  const { origin, cameras, systemctl } = await machine(t);
  t.same(await ask(`${origin}/api/snapshot/nobody`), {
    status: 404,
    body: { success: false, error: 'Camera not found' },
  });

  cameras.set('left', { busy: true });
  const failed = await ask(`${origin}/api/snapshot/left`);

  t.equal(failed.status, 500);
  t.match(failed.body, { success: false, error: /^Capture failed: .* in use/ });
  t.equal(systemctl.state(UNIT), 'active', 'the service runs after a failure');

  const bare = await run(
    t,
    dedent`
    camd: 1
    control: false
    pipeline:
      disk: { use: store/disk, path: pictures }
      web: { use: http/server, listen: 127.0.0.1:0 }
      api: { use: http/snapshot-api, on: web, from: disk }
  `,
  );
  const there = bare.port('web', 'server').origin;
  t.same(await ask(`${there}/api/cameras`, {}), { status: 200, body: [] });
  const none = (error: string) => ({ status: 404, body: { success: false, error, results: [] } });
  t.same(await ask(`${there}/api/snapshot/all`), none('No cameras configured'));
  t.same(await ask(`${there}/api/snapshot/stereo`), none('No stereo cameras configured'));
});

t.test('pages of other sites cannot take pictures by GET or POST; programs and the own page can', async (t) => {
  const { origin, systemctl } = await machine(t);
  const url = `${origin}/api/snapshot/left`;

  t.equal(await statusWith(url, { 'sec-fetch-site': 'cross-site' }), 403);
  t.equal(await statusWith(url, { 'sec-fetch-site': 'same-site' }), 403);
  t.equal(await statusWith(url, { origin: 'http://elsewhere.example' }), 403);
  t.equal((await fetch(url, { method: 'POST', headers: { origin: 'http://elsewhere.example' } })).status, 403);
  t.same(systemctl.calls(), [], 'no service is stopped');

  t.equal(await statusWith(url, { 'sec-fetch-site': 'same-origin' }), 200);
  t.equal(await statusWith(url, { 'sec-fetch-site': 'none' }), 200);
});

t.test(
  'if a service cannot be stopped, no picture is taken, the reason is reported, and a start is requested',
  async (t) => {
    // The time limit is also that of the start after the failure, which takes its time on a busy machine.
    for (const [fault, reason, timeout] of [
      ['denied', /polkit/, '1m'],
      ['slow-stop', /streamer\.service/, '6s'],
    ] as const) {
      await t.test(fault, async (t) => {
        const { origin, systemctl, cameras } = await machine(t, { service: `, timeout: ${timeout}` });
        systemctl.fault(UNIT, fault, true);

        const { status, body } = await ask(`${origin}/api/snapshot/all`);

        t.equal(status, 200);
        for (const result of body.results) t.match(result, { status: 'failure', error: reason });
        t.same(cameras.calls('left'), [], 'no camera was opened');
        t.equal(systemctl.calls().at(-1), `start ${UNIT}`);
      });
    }
  },
);

t.test('the error names a unit that does not exist, and no camera is opened', async (t) => {
  const systemctl = fakeSystemctl(t, {});
  const cameras = await fakeCameras(t);
  const camd = await run(t, profile(cameras.plug('left'), cameras.plug('right')));

  await camd.state('eyes', 'running');
  const { status, body } = await ask(`${camd.port('web', 'server').origin}/api/snapshot/left`);

  t.equal(status, 500);
  t.match(body.error, /There is no unit streamer\.service/);
  t.same(cameras.calls('left'), []);
  t.same(systemctl.calls(), []);
});

t.test('a full disk is reported, and the service runs again', async (t) => {
  const { origin, systemctl } = await machine(t, { disk: 'min_free: 900TiB' });
  const { status, body } = await ask(`${origin}/api/snapshot/left`);
  t.equal(status, 500);
  t.match(body.error, /^Capture failed: .*(free|full)/);
  t.equal(systemctl.state(UNIT), 'active');
});

t.test('if a camera hangs, the answer is complete within the deadline, and the service runs again', async (t) => {
  const { origin, cameras, systemctl, camd } = await machine(t, { api: ', deadline: 2s' });
  cameras.set('left', { hang: true });

  const { body } = await ask(`${origin}/api/snapshot/all`);

  t.match(body.results, [{ camera_name: 'left', status: 'failure' }, { camera_name: 'right' }]);
  await until(() => systemctl.state(UNIT) === 'active', 'the service to run');
  await camd.stop();
  t.same(cameras.running(), []);
});

t.test(
  'two simultaneous captures share one picture and one stop; after a reload in between the service runs again',
  async (t) => {
    const { origin, systemctl, camd, yaml, cameras } = await machine(t);

    const both = await Promise.all([ask(`${origin}/api/snapshot/left`), ask(`${origin}/api/snapshot/left`)]);

    t.same(
      both.map(({ status }) => status),
      [200, 200],
    );
    t.equal(both[0]?.body.filename, both[1]?.body.filename);
    t.equal(systemctl.calls().filter((call) => call.startsWith('stop')).length, 1);

    cameras.set('left', { phase: 0.5 });
    const under = ask(`${origin}/api/snapshot/left`).catch(() => undefined);
    await until(() => systemctl.state(UNIT) === 'inactive', 'the service to be stopped');
    await camd.reload(yaml.replace('width: 640', 'width: 320').replace('height: 480', 'height: 240'));
    await under;
    await until(() => systemctl.state(UNIT) === 'active', 'the service to run after the reload');
  },
);

t.test('if camd is killed between stop and start, its next run starts the service', async (t) => {
  const systemctl = fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);
  const yaml = profile(cameras.plug('left', { hang: true }), cameras.plug('right'));
  const state = mkdtempSync(join(tmpdir(), 'camd-state-'));
  t.teardown(() => rmSync(state, { recursive: true, force: true }));
  const env = { STATE_DIRECTORY: state };
  const killed = await startDaemon(t, yaml, { env });
  const request = fetch(`${await killed.origin('web')}/api/snapshot/left`, { method: 'POST' }).catch(() => undefined);
  await until(() => systemctl.state(UNIT) === 'inactive', 'the service to be stopped');

  killed.signal('SIGKILL');
  await killed.ended;
  await request;
  t.equal(systemctl.state(UNIT), 'inactive');
  // The same profile in the same place: the state belongs to its path.
  const [node = '', ...program] = camdProgram();
  const again = spawn(node, [...program, '--config', killed.file], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, XDG_RUNTIME_DIR: killed.folder, ...env },
  });
  t.teardown(async () => {
    const ended = once(again, 'exit');
    again.kill();
    await ended;
  });

  await until(() => systemctl.state(UNIT) === 'active', 'the service to run again');
  t.same(systemctl.calls(), [`stop ${UNIT}`, `start ${UNIT}`]);
});

t.test('with a masked unit the picture is taken, and the node reports that the unit is masked', async (t) => {
  const { origin, systemctl, camd } = await machine(t);
  systemctl.fault(UNIT, 'masked', true);

  const { status } = await ask(`${origin}/api/snapshot/left`);

  t.equal(status, 200);
  t.match((await camd.state('streamer', 'degraded')).lastError, /masked/);
});

t.test('more requests than max_captures are refused', async (t) => {
  const { origin, cameras, systemctl } = await machine(t, { api: ', max_captures: 1' });
  cameras.set('left', { phase: 0.5 });

  const first = ask(`${origin}/api/snapshot/left`);
  await until(() => systemctl.calls().length > 0, 'the first request to be in progress');
  const second = await ask(`${origin}/api/snapshot/right`);

  t.equal(second.status, 503);
  t.equal((await first).status, 200);
});

t.test("the URLs of the page answer like the original's", async (t) => {
  const { origin } = await machine(t);

  const one = await ask(`${origin}/ui/snapshot/left`);
  const stereo = await ask(`${origin}/ui/snapshot/stereo`);
  const all = await ask(`${origin}/ui/snapshot/all`);
  const none = await ask(`${origin}/ui/snapshot/nobody`);

  t.match(one.body, { success: true, camera_name: 'left', filename: /^snapshot_left_/, image_url: /^\/snapshots\// });
  t.equal(one.body.download_url, `/download/${one.body.filename}`);
  t.match(stereo.body, { success: true, results: [{ filename: /^stereo_left_/, capture_time_ms: Number }, {}] });
  t.match(all.body, { success: true, results: [{ filename: /^all_cams_left_/ }, {}] });
  t.same(none, { status: 200, body: { success: false, error: 'Camera not found' } });
});

t.test('cameras named all or stereo are refused at validation', async (t) => {
  const cameras = await fakeCameras(t);
  fakeSystemctl(t, { [UNIT]: 'active' });
  const yaml = profile(cameras.plug('left'), cameras.plug('right')).replace('    left: {', '    all: {');

  await t.rejects(run(t, yaml), { message: /A camera is called "all"/ });
});
