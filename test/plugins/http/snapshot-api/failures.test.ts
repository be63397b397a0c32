// Every failure of a camera or its service: what the client is told, what is logged, what the node says, and that nothing is left.

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
  /** What the camera does from now on, or what is done to it. */
  readonly camera: Behaviour | ((cameras: FakeCameras) => void);
  /** What the client is told, the log has and the node says. */
  readonly words: RegExp;
}

/** Undoes every row. */
const WELL: Behaviour = {
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
  { failure: 'busy', camera: { busy: true }, words: /left is in use by/ },
  { failure: 'denied', camera: { denied: true }, words: /may not use .*left: .*the group video/ },
  { failure: 'hangs', camera: { hang: true }, words: /has stopped sending pictures before the first one/ },
  { failure: '0 bytes with exit 0', camera: { end: 'empty' }, words: /left gave no picture/ },
  { failure: 'no time left with exit 0', camera: { end: 'timeout' }, words: /has stopped sending pictures/ },
  { failure: 'torn', camera: { torn: 1000 }, words: /broken pictures \(truncated\)/ },
  { failure: 'undecodable', camera: { undecodable: 1000 }, words: /cannot be decoded/ },
  { failure: 'wrong size', camera: { picture: '320x240.jpg' }, words: /sends pictures of 320x240 although 640x480/ },
  {
    failure: 'format refused with exit 0',
    camera: { formats: { MJPG: ['320x240'] } },
    words: /has no MJPG 640x480 and offers MJPG 320x240 instead; it has MJPG/,
  },
  {
    failure: 'unplugged while it is used',
    camera: { unplugged_after: 0 },
    words: /left was unplugged|left does not answer/,
  },
  { failure: 'missing', camera: (cameras) => cameras.unplug('left'), words: /There is no device .*left/ },
];

t.test(
  'a camera that fails: 500 with the reason, a warning, a degraded node, the service runs, and it recovers',
  async (t) => {
    // A server for each row: a warning that comes again and again within seconds is logged once.
    for (const { failure, camera, words } of CAMERA_FAILURES) {
      await t.test(failure, async (t) => {
        const { camd, cameras, systemctl, ask } = await server(t);
        if (typeof camera === 'function') camera(cameras);
        else cameras.set('left', camera);

        const { status, error } = await ask();

        t.equal(status, 500);
        t.match(error, new RegExp(`^Capture failed: .*${words.source}`, 's'));
        const told = ({ node, level, why }: LogLine): boolean =>
          node === 'api' && level === 'warn' && words.test(String(why));
        t.ok(camd.lines.some(told), 'it is logged');
        t.match((await camd.state('eyes', 'degraded')).lastError, words);
        await until(() => systemctl.state(UNIT) === 'active', 'the service to run');
        await until(() => cameras.living().length === 0, 'no process to be left');

        cameras.unplug('left');
        cameras.plug('left', WELL);
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

t.test('a unit that fails: its row of answer, log line and state, and it runs again once it can', async (t) => {
  for (const { fault, status, error, state } of UNIT_FAILURES) {
    await t.test(fault, async (t) => {
      const { camd, systemctl, ask } = await server(t);
      systemctl.fault(UNIT, fault, true);

      const answer = await ask();

      t.equal(answer.status, status);
      t.match(answer.error, error);
      const told = ({ node, level, why }: LogLine): boolean =>
        level === 'warn' &&
        (state ? node === 'streamer' && state.test(String(why)) : node === 'api' && error.test(String(why)));
      await until(() => camd.lines.some(told), `${fault} to be logged`);
      if (state) await until(() => state.test(camd.status('streamer').lastError ?? ''), 'the state to say so');
      systemctl.fault(UNIT, fault, false);
      await until(() => systemctl.state(UNIT) === 'active', 'the unit to run again');
      await camd.state('streamer', 'running');
    });
  }
});

t.test(
  'EXIF that cannot be written: the picture is kept, and the answer says so in the words of the original',
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
