// The packaged unit under the real systemd: ready, reload, watchdog, stop, credentials, sockets, users, children, polkit.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { dedent } from '../support/dedent.ts';
import { sampleJpeg } from '../support/jpeg.ts';
import { until } from '../support/until.ts';
import type { Box } from './box.ts';

const UNIT = 'camd.service';
const PROFILE = '/etc/camd/camd.yaml';
const DROP_IN = `/etc/systemd/system/${UNIT}.d/test.conf`;
/** Sufficient for the unit's WatchdogSec=30 and TimeoutStopSec=20 on a slow computer. */
const PATIENCE_MS = 90_000;
const STOP_S = 20;
/** curl's exit code for a refused connection. */
const REFUSED = 7;

const WEB = dedent`
  camd: 1
  pipeline:
    gate: { use: source/test-pattern, fps: 10 }
    latest: { use: cache/latest, from: gate }
    web: { use: http/server, listen: 127.0.0.1:8080 }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
    stream: { use: http/stream, on: web, from: latest, path: /stream.mjpg }
`;

/** A camera program in signal mode, as source/still uses rpicam-still. */
const STILL = `#!/bin/sh
trap 'cat /usr/share/picture.jpg' USR1
echo "configuring streams" >&2
while :; do sleep 0.1; done
`;
const RTSP = fileURLToPath(new URL('../support/rtsp_server.py', import.meta.url));

export interface Viewer {
  bytes(): number;
  /** performance.now() of the last part of a picture. */
  last(): number;
  ended(): boolean;
}

export function watch(box: Box, url: string): Viewer {
  const curl = box.start('curl', '-sN', url);
  let bytes = 0;
  let last = 0;
  curl.stdout?.on('data', (part: Buffer) => {
    bytes += part.length;
    last = Date.now();
  });
  return { bytes: () => bytes, last: () => last, ended: () => curl.exitCode !== null };
}

/** Status and type of a GET inside the box. */
export async function get(box: Box, url: string, ...options: string[]): Promise<string> {
  const answer = await box.run('curl', '-s', '-o', '/dev/null', '-w', '%{http_code} %{content_type}', ...options, url);
  return answer.out;
}

/** Process ids; the box has no pgrep. find reports an error for a process that ends in the meantime. */
export async function processesOf(box: Box, user: string): Promise<string[]> {
  const { out } = await box.run('find', '/proc', '-maxdepth', '1', '-name', '[0-9]*', '-user', user, '-printf', '%f\n');
  return out.split('\n').filter((pid) => pid !== '');
}

/** Waits for a picture; the error contains the journal. */
async function pictureOf(box: Box, url: string): Promise<void> {
  let log = '';
  const there = async () => {
    const answer = await get(box, url);
    log = `${answer}\n${(await box.journal(UNIT)).slice(-2000)}`;
    return answer === '200 image/jpeg';
  };
  await until(there, () => `a picture at ${url}: ${log}`, PATIENCE_MS);
}

/** A picture in /root of the box from its first quantization table on, that is, without metadata. */
function codedPart(box: Box, name: string): Buffer {
  const picture = readFileSync(join(box.root, 'root', name));
  return picture.subarray(picture.indexOf('ffdb', 'hex'));
}

export interface Service {
  write(profile: string): void;
  /** Lines for the section [Service] in a drop-in; without lines, the drop-in is removed. */
  dropIn(...lines: string[]): Promise<void>;
  show(name: string): Promise<string>;
  restart(): Promise<void>;
}

export function serviceOf(box: Box): Service {
  return {
    write: (profile) => writeFileSync(join(box.root, PROFILE), profile),
    async dropIn(...lines) {
      const file = join(box.root, DROP_IN);
      rmSync(file, { force: true });
      mkdirSync(join(file, '..'), { recursive: true });
      if (lines.length > 0) writeFileSync(file, `[Service]\n${lines.join('\n')}\n`);
      await box.must('systemctl', 'daemon-reload');
    },
    show: (name) => box.property(UNIT, name),
    async restart() {
      await box.must('systemctl', 'reset-failed', UNIT);
      const { code } = await box.run('systemctl', 'restart', UNIT);
      if (code !== 0) throw new Error(`camd did not start: ${(await box.journal(UNIT)).slice(-3000)}`);
    },
  };
}

/** For a box with camd installed. Each test leaves the service running and no drop-in. */
export async function unitTests(t: Test, box: Box): Promise<void> {
  const service = serviceOf(box);

  await t.test('a start ends when every node runs, so that the next request has a picture', async (t) => {
    service.write(WEB);
    const began = Date.now();
    await service.restart();
    t.comment(`systemctl restart took ${Date.now() - began} ms`);

    t.equal(await get(box, 'http://127.0.0.1:8080/snapshot.jpg'), '200 image/jpeg');
    t.match(await service.show('StatusText'), /^5 of 5 nodes healthy/);
    t.match(await box.must('camd', 'status'), /^gate +source\/test-pattern +running/m);
  });

  await t.test('a reload cuts no stream, and a refused one leaves the old profile running', async (t) => {
    const viewer = watch(box, 'http://127.0.0.1:8080/stream.mjpg');
    await until(() => viewer.bytes() > 10_000, 'the stream');

    service.write(WEB.replace('fps: 10', 'fps: 5'));
    await box.must('systemctl', 'reload', UNIT);
    await until(async () => /fps: 5/.test((await box.run('camd', 'print', PROFILE)).out), 'the new profile');
    service.write(WEB.replace('source/test-pattern', 'source/test-patern'));
    await box.run('systemctl', 'reload', UNIT);
    await until(async () => /reload was refused/.test(await service.show('StatusText')), 'the refusal');
    const before = viewer.bytes();

    await until(() => viewer.bytes() > before + 10_000, 'more of the stream');
    t.notOk(viewer.ended());
    t.match(await box.journal(UNIT), 'source/test-patern');
    service.write(WEB);
    await box.must('systemctl', 'reload', UNIT);
    await until(async () => /^5 of 5/.test(await service.show('StatusText')), 'the status to be healthy');
  });

  await t.test('a stopped camd (SIGSTOP) is killed by the watchdog and restarted', async (t) => {
    const old = await service.show('MainPID');
    const began = Date.now();
    await box.must('systemctl', 'kill', '--kill-whom=main', '--signal=STOP', UNIT);

    const anew = async () => Number(await service.show('NRestarts')) === 1 && (await service.show('SubState'));
    await until(async () => (await anew()) === 'running', 'the restart', PATIENCE_MS);
    t.comment(`stopped to running again: ${((Date.now() - began) / 1000).toFixed(1)} s`);

    t.not(await service.show('MainPID'), old);
    t.match(await box.journal(UNIT), 'Watchdog timeout');
    t.equal(await get(box, 'http://127.0.0.1:8080/snapshot.jpg'), '200 image/jpeg');
  });

  await t.test('a stop ends viewers and children within the time limit, with exit code 0', async (t) => {
    const viewers = Array.from({ length: 20 }, () => watch(box, 'http://127.0.0.1:8080/stream.mjpg'));
    await until(() => viewers.every((viewer) => viewer.bytes() > 0), 'twenty streams');
    const began = Date.now();
    await box.must('systemctl', 'stop', UNIT);
    const seconds = (Date.now() - began) / 1000;
    t.comment(`stop with 20 viewers: ${seconds.toFixed(1)} s`);

    t.ok(seconds < STOP_S, 'systemd did not have to kill it');
    t.equal(await service.show('Result'), 'success');
    t.equal(await service.show('ExecMainStatus'), '0');
    await until(() => viewers.every((viewer) => viewer.ended()), 'the streams to end');
  });

  await t.test('an invalid profile is not retried: exit code 78, no restart', async (t) => {
    service.write('camd: 1\npipeline: { gate: { use: source/nothing } }\n');
    t.not((await box.run('systemctl', 'restart', UNIT)).code, 0);

    t.same([await service.show('ActiveState'), await service.show('ExecMainStatus')], ['failed', '78']);
    t.equal(await service.show('NRestarts'), '0');
    service.write(WEB);
    await service.restart();
  });

  await t.test(
    'LoadCredential= provides a secret that appears neither in the environment nor in the log',
    async (t) => {
      const secret = 'Kingfisher-4711';
      mkdirSync(join(box.root, 'etc/camd/credentials'), { mode: 0o700 });
      writeFileSync(join(box.root, 'etc/camd/credentials/password'), secret, { mode: 0o600 });
      const auth = `{ basic: { users: { admin: "\${cred:password}" } } }`;
      service.write(WEB.replace('8080 }', `8080, auth: ${auth} }`));
      await service.dropIn('LoadCredential=password:/etc/camd/credentials/password');
      await service.restart();

      t.match(await get(box, 'http://127.0.0.1:8080/snapshot.jpg'), /^401/);
      t.equal(await get(box, 'http://127.0.0.1:8080/snapshot.jpg', '-u', `admin:${secret}`), '200 image/jpeg');
      const pid = await service.show('MainPID');
      t.notMatch(await box.must('cat', `/proc/${pid}/environ`), secret);
      t.notMatch(await box.journal(UNIT), secret);
      rmSync(join(box.root, 'etc/camd/credentials'), { recursive: true });
      await service.dropIn();
      service.write(WEB);
      await service.restart();
    },
  );

  await t.test('camd.socket listens on port 80 for a user without privileges, also while camd restarts', async (t) => {
    await box.must('systemctl', 'stop', UNIT);
    await box.must('systemctl', 'start', 'camd.socket');

    const first = await get(box, 'http://127.0.0.1/snapshot.jpg', '--retry', '0', '--max-time', '60');
    const restart = box.must('systemctl', 'restart', UNIT);
    const curl = ['curl', '-s', '-o', '/dev/null', '--max-time', '60', 'http://127.0.0.1/snapshot.jpg'];
    const during = await Promise.all(Array.from({ length: 10 }, () => box.run(...curl)));
    await restart;

    t.equal(first, '200 image/jpeg', 'the request starts camd');
    const refused = during.filter(({ code }) => code === REFUSED).length;
    t.equal(refused, 0, 'the port never closes');
    t.equal(await get(box, 'http://127.0.0.1/snapshot.jpg'), '200 image/jpeg');
    t.match(await box.must('ss', '-ltn'), /:80\b/);
    await box.must('systemctl', 'stop', 'camd.socket', UNIT);
    await box.must('systemctl', 'start', UNIT);
  });

  await t.test('the user is camd, in the group video, without capabilities; exposure is at most 1.7', async (t) => {
    const status = await box.must('cat', `/proc/${await service.show('MainPID')}/status`);
    const video = (await box.must('getent', 'group', 'video')).split(':')[2] ?? '';

    t.equal(/^Uid:\t(\d+)/m.exec(status)?.[1], (await box.must('id', '-u', 'camd')).trim());
    t.match(/^Groups:\t(.*)$/m.exec(status)?.[1]?.split(' '), [video]);
    t.match(status, /^CapEff:\t0+$/m);
    t.match(status, /^NoNewPrivs:\t1$/m);
    t.match(status, /^Seccomp:\t2$/m);
    const security = await box.run('systemd-analyze', 'security', '--threshold=17', '--no-pager', UNIT);
    t.equal(security.code, 0, security.out);
    t.comment(security.out.trim().split('\n').at(-1) ?? '');
  });

  await t.test(
    'without the user camd, systemd creates a dynamic one (DynamicUser=) with the same rights and its state',
    async (t) => {
      await box.must('systemctl', 'stop', UNIT);
      await box.must('userdel', 'camd');
      await box.must('systemctl', 'start', UNIT);
      const status = await box.must('cat', `/proc/${await service.show('MainPID')}/status`);
      const [uid = ''] = /(?<=^Uid:\t)\d+/m.exec(status) ?? [];
      const video = (await box.must('getent', 'group', 'video')).split(':')[2] ?? '';

      t.ok(Number(uid) >= 61184 && Number(uid) <= 65519, `${uid} is of systemd's range`);
      t.ok(/^Groups:\t(.*)$/m.exec(status)?.[1]?.split(' ').includes(video));
      t.equal(await get(box, 'http://127.0.0.1:8080/snapshot.jpg'), '200 image/jpeg');
      t.equal((await box.must('stat', '-c', '%u', '/var/lib/private/camd')).trim(), uid);
      await box.must('systemctl', 'stop', UNIT);
      await box.must('systemd-sysusers', 'camd.conf');
      await box.must('systemctl', 'start', UNIT);
      t.match(await service.show('StatusText'), /^5 of 5/, 'and with the user again');
    },
  );

  await t.test('children run under the unit: ffmpeg, jpegtran, v4l2-ctl, and a script for rpicam-still', async (t) => {
    const still = join(box.root, 'usr/local/bin/rpicam-still');
    writeFileSync(join(box.root, 'usr/share/picture.jpg'), sampleJpeg({ width: 320, height: 240 }));
    writeFileSync(still, STILL);
    chmodSync(still, 0o755);
    const pattern = 'ffmpeg, -nostdin, -loglevel, error, -re, -f, lavfi, -i, "testsrc=size=320x240:rate=5"';
    service.write(dedent`
      camd: 1
      pipeline:
        film: { use: source/exec, command: [${pattern}, -f, mjpeg, "-"], parse: mjpeg }
        pi: { use: source/still, mode: on_demand }
        turned: { use: transform/image, from: pi, rotate: 90, rotate_by: lossless }
        usb: { use: source/v4l2, device: /dev/video9 }
        latest: { use: cache/latest, from: [film, turned, usb] }
        web: { use: http/server, listen: 127.0.0.1:8080 }
        snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}.jpg" }
    `);
    await service.restart();

    for (const camera of ['film', 'pi']) {
      await pictureOf(box, `http://127.0.0.1:8080/${camera}.jpg`);
      t.pass(camera);
    }
    await box.must('curl', '-s', '-o', '/root/turned.jpg', 'http://127.0.0.1:8080/pi.jpg');
    const jpegtran = ['jpegtran', '-perfect', '-rotate', '90', '-outfile', '/root/expected.jpg'];
    await box.must(...jpegtran, '/usr/share/picture.jpg');
    t.ok(codedPart(box, 'turned.jpg').equals(codedPart(box, 'expected.jpg')), 'jpegtran turned it; sharp encodes anew');
    t.match(await box.must('camd', 'status'), /usb .*\/dev\/video9/, 'v4l2-ctl finds no device');
    for (const file of ['usr/share/picture.jpg', 'root/turned.jpg', 'root/expected.jpg']) rmSync(join(box.root, file));
    rmSync(still);
  });

  await t.test('an RTSP camera is decoded by ffmpeg under the unit', async (t) => {
    const server = spawn(
      'nsenter',
      [`--net=/proc/${box.pid}/ns/net`, '/usr/bin/python3', RTSP, 'h264', '10', '5', '8554'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    t.teardown(() => void server.kill('SIGKILL'));
    await once(server.stdout, 'data');
    service.write(
      WEB.replace(
        'gate: { use: source/test-pattern, fps: 10 }',
        'gate: { use: source/rtsp, url: "rtsp://127.0.0.1:8554/cam" }',
      ),
    );
    await service.restart();

    await pictureOf(box, 'http://127.0.0.1:8080/snapshot.jpg');
    t.match(await service.show('StatusText'), /^5 of 5/);
  });

  await t.test('every shipped profile starts under the unit, and no node fails', async (t) => {
    // Prusa Connect's tokens have twenty characters.
    const tokens = [
      'CAMERA_TOKEN',
      'CAMERA_TOKEN_SECRET',
      'API_TOKEN',
      'INFOSCREEN_TOKEN',
      'PC_TOKEN',
      'PC_FINGERPRINT',
    ];
    await service.dropIn(...tokens.map((name) => `Environment=${name}=0123456789abcdefghij`));
    const examples = join(box.root, 'usr/share/doc/camd/examples');
    const files = readdirSync(examples).filter((name) => /^[^.]+\.yaml$/.test(name));
    // One profile includes another.
    for (const file of files) cpSync(join(examples, file), join(box.root, 'etc/camd', file));
    for (const file of files) {
      cpSync(join(examples, file), join(box.root, PROFILE));
      await service.restart();
      const table = await box.must('camd', 'status');
      t.notMatch(table, /^\S+ +\w+\/\S+ +failed/m, file);
      t.comment(`${file}: ${await service.show('StatusText')}`);
    }
    for (const file of files) rmSync(join(box.root, 'etc/camd', file));
    await service.dropIn();
  });

  await t.test('the polkit rule allows camd to stop and start only the unit of its profile', async (t) => {
    for (const name of ['holder', 'other']) {
      const unit = `[Service]\nExecStart=/usr/bin/sleep infinity\n`;
      writeFileSync(join(box.root, `etc/systemd/system/${name}.service`), unit);
    }
    await box.must('systemctl', 'daemon-reload');
    await box.must('systemctl', 'start', 'holder', 'other');
    service.write(`${WEB}  holder: { use: service/systemd, unit: holder.service }\n`);
    await service.restart();
    const asCamd = (verb: string, unit: string) =>
      box.run(
        'setpriv',
        '--reuid=camd',
        '--regid=camd',
        '--clear-groups',
        'systemctl',
        '--no-ask-password',
        verb,
        unit,
      );

    t.match(await service.show('StatusText'), /^6 of 6/, 'D-Bus can be reached from the sandbox');
    t.not((await asCamd('stop', 'holder.service')).code, 0, 'refused without the rule');
    const rule = await box.must('camd', 'polkit', 'camd', '--config', PROFILE);
    writeFileSync(join(box.root, 'etc/polkit-1/rules.d/50-camd.rules'), rule);
    await until(
      async () => (await asCamd('start', 'holder.service')).code === 0,
      'polkit to read the rule',
      PATIENCE_MS,
    );
    t.equal((await asCamd('stop', 'holder.service')).code, 0);
    t.equal(await box.property('holder.service', 'ActiveState'), 'inactive');
    t.not((await asCamd('stop', 'other.service')).code, 0, 'another unit');
    t.not((await asCamd('disable', 'holder.service')).code, 0, 'another verb');
    t.equal(await box.property('other.service', 'ActiveState'), 'active');
    await box.must('systemctl', 'stop', 'holder', 'other');
    for (const name of [
      'systemd/system/holder.service',
      'systemd/system/other.service',
      'polkit-1/rules.d/50-camd.rules',
    ]) {
      rmSync(join(box.root, 'etc', name));
    }
    service.write(WEB);
    await service.restart();
  });
}
