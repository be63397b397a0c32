// configs/snapshot-server.yaml as the packaged service of an ordinary user: REST with the Python client, a camera held by a unit, polkit, kill -9.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { outputOf } from '../run/process.ts';
import { dedent } from '../support/dedent.ts';
import { type ClientAnswer, snapshotClient } from '../support/snapshot-client.ts';
import { until } from '../support/until.ts';
import type { UsbCamera } from './cameras.ts';
import type { Machine } from './machine.ts';

const UNIT = 'mjpg-streamer.service';
const CAMD = `${process.cwd()}/dist/camd.mjs`;
const RULES = '/etc/polkit-1/rules.d/50-camd.rules';
/** The client's timeout in seconds; without emulation it is 45. */
const PATIENCE_S = 240;

/** The shipped profile, for these two cameras and with timeouts for emulation. */
function profileFor(left: UsbCamera, right: UsbCamera): string {
  const edits: readonly (readonly [string, string])[] = [
    ['/dev/v4l/by-id/usb-camera-left-video-index0', left.device],
    ['/dev/v4l/by-id/usb-camera-right-video-index0, stereo: true', `${right.device}, stereo: true, format: YUYV`],
    ['width: 1920', 'width: 640'],
    ['height: 1080', 'height: 480'],
    ['warm_up: { pictures: 5 }', 'timeout: 60s\n    capture_timeout: 2m\n    max_skew: 10s'],
    ['settle: 1s', 'settle: 1s, timeout: 60s'],
    ['fields: {', 'max_age: 30s, fields: {'],
    ['services: streamer', 'services: streamer, deadline: 4m'],
  ];
  return edits.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`configs/snapshot-server.yaml has no "${from}"`);
      return text.replace(from, to);
    },
    readFileSync('configs/snapshot-server.yaml', 'utf8'),
  );
}

const STREAMER = (device: string): string => dedent`
  [Unit]
  DefaultDependencies=no
  [Service]
  ExecStart=/usr/bin/v4l2-ctl -d ${device} --stream-mmap --stream-to=/dev/null
  StandardError=null
`;

/** The differences to a real machine: the path of camd, and no watchdog, because a start takes half a minute. */
const DROP_IN = (port: number): string => dedent`
  [Unit]
  DefaultDependencies=no
  [Service]
  ExecStart=
  ExecStart=/usr/bin/node ${CAMD} --config /etc/camd/camd.yaml --log-format json
  Environment=LISTEN=0.0.0.0:${port}
  WatchdogSec=0
  TimeoutStartSec=infinity
  Restart=no
  StandardOutput=append:/shared/camd.log
  StandardError=append:/shared/camd.log
`;

const INSTALL = `
set -e
mkdir -p /etc/camd ${RULES.replace(/\/[^/]*$/, '')} /etc/systemd/system/camd.service.d
cp /shared/snapshot/camd.yaml /etc/camd/
systemd-sysusers /shared/snapshot/camd.conf
cp /shared/snapshot/*.service /etc/systemd/system/
cp /shared/snapshot/machine.conf /etc/systemd/system/camd.service.d/
systemctl daemon-reload
systemctl start ${UNIT} camd.service`;

export interface Setup {
  readonly machine: Machine;
  readonly left: UsbCamera;
  readonly right: UsbCamera;
  readonly port: number;
  readonly patienceMs: number;
}

export async function snapshotServer(t: Test, { machine, left, right, port, patienceMs }: Setup): Promise<void> {
  const folder = join(machine.shared, 'snapshot');
  const files = { 'camd.yaml': profileFor(left, right), [UNIT]: STREAMER(left.device), 'machine.conf': DROP_IN(port) };
  await machine.must(['mkdir', '-m', '777', '/shared/snapshot']);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  cpSync('packaging/systemd/camd.service', join(folder, 'camd.service'));
  cpSync('packaging/sysusers.d/camd.conf', join(folder, 'camd.conf'));
  const state = async (unit = UNIT): Promise<string> =>
    (await machine.run(['systemctl', 'is-active', unit])).out.trim();
  const stateIs = (wanted: string, unit = UNIT) =>
    until(async () => (await state(unit)) === wanted, `${unit} to be ${wanted}; camd printed\n${log()}`, patienceMs);
  const log = (): string => readFileSync(join(machine.shared, 'camd.log'), 'utf8').slice(-3000);
  const client = async (...names: string[]): Promise<ClientAnswer> => {
    const [answer] = await snapshotClient(machine.origin(port), names, PATIENCE_S);
    if (!answer) throw new Error('the client printed nothing');
    return answer;
  };

  await t.test('without the polkit rule nothing is stopped, and the answer names the rule', async (t) => {
    await machine.start(['sh', '-c', SENSOR]);
    await machine.must(['sh', '-c', INSTALL]);

    const { status, shown } = await client('left');

    t.equal(status, 500);
    t.match(shown, /camd may not stop mjpg-streamer\.service: install the rule that "camd polkit/);
    t.equal(await state(), 'active');
  });

  await t.test(
    'with the rule of `camd polkit` a plain user takes pictures of a camera that a unit holds',
    async (t) => {
      // It needs no device, so this computer prints it sooner than the machine.
      const rule = await outputOf(['node', CAMD, 'polkit', 'camd', '--config', join(folder, 'camd.yaml')]);
      await machine.must(['sh', '-c', `cat > ${RULES}`], { input: rule ?? '' });
      // polkit reads new rules when it is notified of them; the sensor's first reading may take as long.
      const permitted = () => machine.run(['systemctl', '--no-ask-password', 'start', UNIT], { user: 'camd' });
      await until(async () => (await permitted()).code === 0, 'polkit to read its rule', patienceMs);
      await until(() => /"imu","msg":"node is running"/.test(log()), 'a reading', patienceMs);

      const answer = await client('left');

      t.equal(answer.status, 200, answer.shown ?? '');
      t.match(answer.body, { success: true, filename: /^snapshot_left_\d{8}_\d{12}\.jpg$/ });
      t.match(answer.pictures, [{ whole: true, imu: { roll: 2.5, pitch: -2, yaw: 90 } }]);
      await stateIs('active');
    },
  );

  await t.test('all cameras at once, MJPG and YUYV, and the unit holds its camera again', async (t) => {
    const { body, pictures } = await client('all');

    t.match(body, {
      results: [
        { camera_name: 'left', status: 'success', filename: /^api_all_cams_left_/ },
        { camera_name: 'right', status: 'success', filename: /^api_all_cams_right_/ },
      ],
    });
    t.match(pictures, [{ whole: true }, { whole: true }]);
    await stateIs('active');
  });

  await t.test('camd is killed between stop and start: its next start starts the unit', async (t) => {
    await left.hang();
    const requested = client('left').catch(() => undefined);
    await stateIs('inactive');
    await machine.must(['systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'camd.service']);
    await requested;
    await stateIs('failed', 'camd.service');
    const between = await state();
    await left.recover();
    await machine.must(['systemctl', 'start', 'camd.service']);
    await stateIs('active');
    const children = await machine.must(['pgrep', '-c', '-x', 'v4l2-ctl']);

    t.equal(between, 'inactive');
    t.equal(children.trim(), '1', "only the unit's process");
    t.equal((await client('left')).status, 200);
    await stateIs('active');
  });

  await t.test('the end of camd leaves the unit running and no child process', async (t) => {
    await machine.must(['systemctl', 'stop', 'camd.service']);

    t.equal(await state(), 'active');
    t.equal((await machine.must(['pgrep', '-c', '-x', 'v4l2-ctl'])).trim(), '1');
  });
}

/** Starts a broker and publishes a reading every half second. */
const SENSOR = `
mosquitto -p 1883 &
until mosquitto_pub -t status/ -n; do sleep 0.2; done
while :; do echo '{"roll":1,"pitch":-2,"yaw":90}'; sleep 0.5; done | mosquitto_pub -l -t status/`;
