// packaging/install.sh in a system with the real systemd: install, second run, status, update, uninstall, with an older camera service.

import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { until } from '../support/until.ts';
import type { Box } from './box.ts';
import { get, processesOf, serviceOf } from './unit.ts';

const CLONE = '/srv/clone';
const UNIT = 'camd.service';
const OLDER = 'mjpg_streamer.service';
/** The parts of a clone after `npm ci` that the script uses. */
const PARTS = ['dist', 'schemas', 'configs', 'packaging', 'package.json', 'CHANGELOG.md'];
/** The older service uses port 8080, so the profile gets the next one. */
const PICTURE = 'http://127.0.0.1:8081/camera/snapshot.jpg';
const NAMED = `An older service is running: switch it off with: sudo systemctl disable --now ${OLDER}\n`;
const PATIENCE_MS = 90_000;

/** For a box with the Debian package installed and running. */
export async function refusedBesideThePackage(t: Test, box: Box): Promise<void> {
  await t.test('install.sh refuses to install beside the Debian package', async (t) => {
    clone(box);
    const pid = await box.property(UNIT, 'MainPID');

    const { code, err } = await box.run('sh', `${CLONE}/packaging/install.sh`);

    t.equal(code, 1);
    t.match(err, 'The Debian package camd is installed; update that, or remove it first: sudo apt remove camd\n');
    t.notOk(existsSync(join(box.root, 'opt/camd')));
    t.equal(await box.property(UNIT, 'MainPID'), pid);
    rmSync(join(box.root, CLONE), { recursive: true });
  });
}

/** For a box with Node.js but without camd. */
export async function installScriptTests(t: Test, box: Box): Promise<void> {
  const service = serviceOf(box);
  const script = (...argv: string[]) => box.must('sh', `${CLONE}/packaging/install.sh`, ...argv);
  const picture = () =>
    until(async () => (await get(box, PICTURE)) === '200 image/jpeg', 'a picture at port 8081', PATIENCE_MS);

  await t.test('install.sh under systemd: from a clone to a picture, and back to nothing', async (t) => {
    clone(box);
    if ((await box.run('id', 'camd')).code === 0) await box.must('userdel', 'camd');
    await startOlder(box);
    const olderPid = await box.property(OLDER, 'MainPID');
    const before = filesOf(box);

    const plain = await box.run('setpriv', '--reuid=65534', '--clear-groups', 'sh', `${CLONE}/packaging/install.sh`);
    t.match(plain, { code: 1, err: 'This installs a service: run it with sudo.\n' });
    t.same(filesOf(box), before);

    const began = performance.now();
    // A possible umask of root's shell.
    const output = await box.must('sh', '-c', `umask 077 && exec sh ${CLONE}/packaging/install.sh -- --kind usb`);
    await picture();
    t.comment(`from install.sh to the first picture: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    t.match(output, 'It serves http://127.0.0.1:8081/, because port 8080 is taken.');
    t.match(output, 'camd is installed in /opt/camd; its profile is /etc/camd/camd.yaml.');
    t.match(output, NAMED);
    t.equal((await box.must('systemctl', 'is-enabled', UNIT)).trim(), 'enabled');
    t.match(await service.show('StatusText'), /^(\d) of \1 nodes healthy/);
    t.ok((await processesOf(box, 'camd')).includes(await service.show('MainPID')));
    t.match(await box.must('/usr/local/bin/camd', 'status'), /^camera +source\/test-pattern +running/m);

    const installed = filesOf(box);
    const pid = await service.show('MainPID');
    t.equal(await script('--', '--kind', 'pi'), `camd is installed already; nothing was changed.\n${NAMED}`);
    t.same(filesOf(box), installed, 'not even a time');
    t.equal(await service.show('MainPID'), pid, 'no restart');

    const status = await script('--status');
    t.match(status, /^\d\d+ files are as they were installed\.\nThe profile is \/etc\/camd\/camd\.yaml\.\n/);
    t.match(status, /^ +Active: active \(running\)/m);
    t.match(status, NAMED);

    appendFileSync(join(box.root, CLONE, 'CHANGELOG.md'), 'One line more.\n');
    t.match(await script(), 'camd is installed in /opt/camd');
    t.not(await service.show('MainPID'), pid, 'an update restarts the service');
    await picture();

    mkdirSync(join(box.root, 'var/lib/private/camd/pictures'));
    t.equal(
      await script('--uninstall'),
      'camd is removed.\nIts profile /etc/camd/camd.yaml stays.\nIts data in /var/lib/camd stays.\n' +
        'The user camd stays; remove it with: sudo userdel camd\n',
    );
    t.equal(await service.show('LoadState'), 'not-found');
    t.same(await processesOf(box, 'camd'), [], 'no process is left');
    t.equal(await get(box, PICTURE), '000 ');
    rmSync(join(box.root, 'var/lib/private/camd/pictures'), { recursive: true });

    await script();
    await picture();
    t.notMatch(await script('--uninstall'), '/var/lib/camd', 'nothing is stored');
    await box.must('userdel', 'camd');
    t.same(changes(before, filesOf(box)), ['etc/camd', 'etc/camd/camd.yaml'], 'the profile alone is left');
    t.match(await box.run('sh', `${CLONE}/packaging/install.sh`, '--uninstall'), { code: 1 });
    t.equal(await box.property(OLDER, 'MainPID'), olderPid, 'the older service runs on');
    t.equal((await box.must('systemctl', '--failed', '--plain', '--no-legend')).match(/camd/), null);
    await box.must('systemctl', 'disable', '--now', OLDER);
    for (const path of [`etc/systemd/system/${OLDER}`, 'etc/camd', CLONE]) {
      rmSync(join(box.root, path), { recursive: true });
    }
  });
}

function clone(box: Box): void {
  const target = join(box.root, CLONE);
  rmSync(target, { recursive: true, force: true });
  for (const part of PARTS) {
    cpSync(part, join(target, part), { recursive: true, filter: (path) => !path.startsWith('dist/types') });
  }
}

async function startOlder(box: Box): Promise<void> {
  const serve = `require('node:net').createServer().listen(8080, '127.0.0.1')`;
  const unit = `[Service]\nExecStart=/usr/bin/node -e "${serve}"\n[Install]\nWantedBy=multi-user.target\n`;
  writeFileSync(join(box.root, 'etc/systemd/system', OLDER), unit);
  await box.must('systemctl', 'daemon-reload');
  await box.must('systemctl', 'enable', '--now', OLDER);
  await until(async () => /:8080\b/.test(await box.must('ss', '-ltn')), 'the older service to listen');
}

/** All paths of the system's folders with type, rights, owner, and for files size and time; without the account files. */
function filesOf(box: Box): ReadonlyMap<string, string> {
  const own = ['etc', 'opt', 'usr', 'var/lib/camd', 'var/lib/private'].filter((path) =>
    existsSync(join(box.root, path)),
  );
  const argv = [...own, '-xdev', '-printf', '%p\t%y %m %U\t%s %T@\n'];
  const printed = execFileSync('find', argv, { cwd: box.root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const files = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const [path = '', kind = '', content = ''] = line.split('\t');
    if (path === '' || /^etc\/(passwd|group|g?shadow|sub[gu]id|\.pwd\.lock)-?$/.test(path)) continue;
    files.set(path, kind.startsWith('d') ? kind : `${kind} ${content}`);
  }
  for (const name of readdirSync(join(box.root, 'var/lib'))) files.set(`var/lib/${name}`, '');
  return files;
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.filter((path) => before.get(path) !== after.get(path)).sort();
}
