// Every failure of a camera or its service: the answer, the log line, the state of the node, and no process left behind.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeExif } from '../../../../plugins/kit/image/exif.ts';
import { dedent } from '../../../support/dedent.ts';
import { fakeSystemctl, type UnitFault } from '../../../support/fake-systemctl.ts';
import { type Behaviour, drawn, type FakeCameras, fakeCameras } from '../../../support/fake-v4l2.ts';
import { type LogLine, run } from '../../../support/harness.ts';
import { until } from '../../../support/until.ts';

const UNIT = 'streamer.service';

type Tap = Parameters<typeof fakeSystemctl>[0];

async function server(t: Tap) {
  const systemctl = fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        eyes:
          use: source/v4l2
          mode: still
          width: 640
          height: 480
          timeout: 6s
          cameras: { left: { device: ${cameras.plug('left')}, interrupts: streamer } }
        streamer: { use: service/systemd, unit: ${UNIT}, timeout: 6s }
        tagged: { use: transform/exif, from: eyes, software: "${'x'.repeat(200)}" }
        disk: { use: store/disk, from: tagged, path: pictures, min_free: 0B }
        web: { use: http/server, listen: 127.0.0.1:0 }
        api: { use: http/snapshot-api, on: web, from: disk, cameras: eyes, services: streamer }
    `,
  );
  await camd.state('eyes', 'running');
  const ask = async (): Promise<{ status: number; error: string }> => {
    const response = await fetch(`${camd.port('web', 'server').origin}/api/snapshot/left`, { method: 'POST' });
    const body = (await response.json()) as { error?: string };
    return { status: response.status, error: body.error ?? '' };
  };
  return { camd, cameras, systemctl, ask };
}

interface Row {
  readonly failure: string;
  /** The behaviour of the camera from now on, or an action on it. */
  readonly camera: Behaviour | ((cameras: FakeCameras) => void);
  /** The reason in the answer, in the log line and in the state of the node. */
  readonly reason: RegExp;
}

/** Reverts every row. */
const HEALTHY: Behaviour = {
  formats: { MJPG: ['640x480', '320x240'] },
  picture: '640x480.jpg',
  torn: 0,
  undecodable: 0,
  busy: false,
  denied: false,
  hang: false,
  end: 'never',
  unplugged_after: 1_000_000,
};
const CAMERA_FAILURES: readonly Row[] = [
  { failure: 'busy', camera: { busy: true }, reason: /left is in use by/ },
  { failure: 'denied', camera: { denied: true }, reason: /may not use .*left: .*the group video/ },
  { failure: 'hangs', camera: { hang: true }, reason: /has stopped sending pictures before the first one/ },
  { failure: '0 bytes with exit 0', camera: { end: 'empty' }, reason: /left gave no picture/ },
  { failure: 'time-out with exit 0', camera: { end: 'timeout' }, reason: /has stopped sending pictures/ },
  { failure: 'torn', camera: { torn: 1000 }, reason: /broken pictures \(truncated\)/ },
  { failure: 'undecodable', camera: { undecodable: 1000 }, reason: /cannot be decoded/ },
  { failure: 'wrong size', camera: { picture: '320x240.jpg' }, reason: /sends pictures of 320x240 although 640x480/ },
  {
    failure: 'format refused with exit 0',
    camera: { formats: { MJPG: ['320x240'] } },
    reason: /has no MJPG 640x480 and offers MJPG 320x240 instead; it has MJPG/,
  },
  {
    failure: 'unplugged while it is used',
    camera: { unplugged_after: 0 },
    reason: /left was unplugged|left does not answer/,
  },
  { failure: 'missing', camera: (cameras) => cameras.unplug('left'), reason: /There is no device .*left/ },
];

t.test(
  'a failing camera causes a 500 with the reason, a warning and a degraded node; the service runs, and the node recovers',
  async (t) => {
    // A server for each row: a warning that recurs within seconds is logged once.
    for (const { failure, camera, reason } of CAMERA_FAILURES) {
      await t.test(failure, async (t) => {
        const { camd, cameras, systemctl, ask } = await server(t);
        if (typeof camera === 'function') camera(cameras);
        else cameras.set('left', camera);

        const { status, error } = await ask();

        t.equal(status, 500);
        t.match(error, new RegExp(`^Capture failed: .*${reason.source}`, 's'));
        const isReport = ({ node, level, why }: LogLine): boolean =>
          node === 'api' && level === 'warn' && reason.test(String(why));
        t.ok(camd.lines.some(isReport), 'it is logged');
        t.match((await camd.state('eyes', 'degraded')).lastError, reason);
        await until(() => systemctl.state(UNIT) === 'active', 'the service to run');
        await until(() => cameras.running().length === 0, 'no process to be left');

        cameras.unplug('left');
        cameras.plug('left', HEALTHY);
        t.equal((await ask()).status, 200, 'afterwards');
        await camd.state('eyes', 'running');
      });
    }
  },
);

const UNIT_FAILURES: readonly { fault: UnitFault; status: number; error: RegExp; state?: RegExp }[] = [
  { fault: 'slow-stop', status: 500, error: /streamer\.service did not stop in time/ },
  { fault: 'denied', status: 500, error: /camd polkit --config PROFILE/, state: /camd may not start/ },
  { fault: 'masked', status: 200, error: /^$/, state: /streamer\.service is masked/ },
  { fault: 'fail-start', status: 200, error: /^$/, state: /could not be started: Job for/ },
  { fault: 'dies', status: 200, error: /^$/, state: /did not stay up after the picture \(failed/ },
];

t.test('a failing unit causes the answer, log line and state of its row, and runs again after the fault', async (t) => {
  for (const { fault, status, error, state } of UNIT_FAILURES) {
    await t.test(fault, async (t) => {
      const { camd, systemctl, ask } = await server(t);
      systemctl.fault(UNIT, fault, true);

      const answer = await ask();

      t.equal(answer.status, status);
      t.match(answer.error, error);
      const isReport = ({ node, level, why }: LogLine): boolean =>
        level === 'warn' &&
        (state ? node === 'streamer' && state.test(String(why)) : node === 'api' && error.test(String(why)));
      await until(() => camd.lines.some(isReport), `${fault} to be logged`);
      if (state) await until(() => state.test(camd.status('streamer').lastError ?? ''), 'the state to report it');
      systemctl.fault(UNIT, fault, false);
      await until(() => systemctl.state(UNIT) === 'active', 'the unit to run again');
      await camd.state('streamer', 'running');
    });
  }
});

t.test(
  'if EXIF cannot be written, the picture is kept, and the answer has the error text of the original',
  async (t) => {
    const { camd, cameras, ask } = await server(t);
    const full = writeExif(await drawn('640x480', 90), { userComment: 'n'.repeat(32_600) });
    if (!Buffer.isBuffer(full)) throw new Error(full.reason);
    writeFileSync(join(cameras.folder, 'full.jpg'), full);
    cameras.set('left', { picture: 'full.jpg' });

    const { status, error } = await ask();

    t.equal(status, 500);
    const [, file = ''] = /^Image captured \((.*)\), but failed to embed IMU metadata\.$/.exec(error) ?? [];
    const kept = await fetch(`${camd.port('web', 'server').origin}/snapshots/${file}`);
    t.same(Buffer.from(await kept.arrayBuffer()), full);
  },
);
