// `npm run test:install`: the Debian package and install.sh in a fresh Debian 13 with the real systemd. Needs root, mirror, registry.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeDeb } from '../../packaging/package/deb.ts';
import { NATIVE, stage } from '../../packaging/package/tree.ts';
import { until } from '../support/until.ts';
import { bootBox, makeRoot } from './box.ts';
import { installScriptTests, refusedBesideThePackage } from './install-script.ts';
import { npmPackageTests } from './npm-package.ts';
import { get, processesOf, serviceOf, unitTests, watch } from './unit.ts';

t.setTimeout(1_800_000);

const SUITE = 'trixie';
/** Programs for the tests in the root; none of the package's own dependencies is among them. */
const PROGRAMS = ['curl', 'ffmpeg', 'iproute2', 'libjpeg-turbo-progs', 'passwd', 'v4l-utils'];
const PICTURE = 'http://127.0.0.1:8080/gate/snapshot.jpg';
// Not below /tmp, which may be small.
const folder = mkdtempSync('/var/tmp/camd-install-');
const root = join(folder, 'root');
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function build(version: string): Promise<string> {
  const tree = mkdtempSync(join(folder, 'tree-'));
  await stage(tree, { version, date: '2026-01-02' });
  const output = join(folder, `camd_${version}_all.deb`);
  makeDeb(tree, { version, epoch: 1_767_312_000, output });
  rmSync(tree, { recursive: true });
  return output;
}

/** Runs a command before the root boots, with the network of this computer; the box has no network. */
function outside(...argv: string[]): void {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  execFileSync('chroot', [root, ...argv], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

t.test('the Debian package from apt install to purge', { timeout: 1_800_000 }, async (t) => {
  const started = performance.now();
  makeRoot(root, SUITE, PROGRAMS);
  t.comment(`a root with systemd: ${seconds(started)}`);
  const [older, newer] = [await build('1.0.0'), await build('1.1.0')];
  copyFileSync(older, join(root, 'camd.deb'));
  copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  const before = new Set(readdirSync(join(root, 'etc')));
  const fetching = performance.now();
  outside('apt-get', 'update', '-q');
  outside('apt-get', 'install', '-y', '-q', '--no-install-recommends', '--download-only', '/camd.deb');
  t.comment(`apt fetches nodejs and its libraries: ${seconds(fetching)}`);
  const booting = performance.now();
  const box = await bootBox(t, root);
  t.comment(`systemd boots: ${seconds(booting)}`);
  const service = serviceOf(box);
  const apt = (...argv: string[]): Promise<string> => box.must('apt-get', '-y', '-q', ...argv);

  await t.test('apt install starts the service, which serves a picture', async (t) => {
    const installing = performance.now();
    await apt('install', '--no-install-recommends', '/camd.deb');
    t.equal(await until(() => pictureOr(), 'a picture', 60_000), '200 image/jpeg');
    t.comment(`from apt install to the first picture, without the download: ${seconds(installing)}`);

    t.equal(await box.must('camd', '--version'), 'camd 1.0.0\n');
    t.equal((await box.must('systemctl', 'is-enabled', 'camd')).trim(), 'enabled');
  });

  const packages = { ...process.env, CAMD_PACKAGES: join(root, 'usr/local/lib/camd') };
  execFileSync('node', ['dist/camd.mjs', 'plugins', 'install', ...NATIVE], { env: packages, stdio: 'ignore' });
  await unitTests(t, box);
  await refusedBesideThePackage(t, box);

  await t.test(
    'an upgrade under a viewer: the stream ends with the restart, the changed profile is kept',
    async (t) => {
      const edited = (await box.must('cat', '/usr/share/doc/camd/examples/demo.yaml')).replace(
        'camd: 1',
        'camd: 1 # mine',
      );
      service.write(edited);
      await service.restart();
      const viewer = watch(box, 'http://127.0.0.1:8080/gate/stream.mjpg');
      await until(() => viewer.bytes() > 0, 'the stream');
      copyFileSync(newer, join(root, 'camd.deb'));
      const upgrading = performance.now();
      await apt('install', '/camd.deb');
      t.comment(`the upgrade: ${seconds(upgrading)}`);
      await until(() => viewer.ended(), 'the stream to end');

      const unpacked = statSync(join(root, 'usr/lib/camd/dist/camd.mjs')).ctimeMs;
      t.ok(
        viewer.last() > unpacked,
        `pictures arrived for ${viewer.last() - unpacked} ms after the new files were there`,
      );
      t.equal(await box.must('camd', '--version'), 'camd 1.1.0\n');
      t.equal(await until(() => pictureOr(), 'a picture', 60_000), '200 image/jpeg');
      t.match(await box.must('cat', '/etc/camd/camd.yaml'), /^camd: 1 # mine$/m);
      t.match(await box.must('camd', 'status'), 'camd 1.1.0');
    },
  );

  await t.test('remove stops the service and keeps the profile', async (t) => {
    t.ok((await processesOf(box, 'camd')).includes(await service.show('MainPID')));
    await apt('remove', 'camd');

    t.notOk(existsSync(join(root, 'usr/lib/camd')));
    t.ok(existsSync(join(root, 'etc/camd/camd.yaml')));
    t.same(await processesOf(box, 'camd'), [], 'no process is left');
    t.equal(await get(box, PICTURE), '000 ');
  });

  await t.test('purge only leaves pictures and the user', async (t) => {
    const data = join(root, 'var/lib/private/camd');
    mkdirSync(join(data, 'pictures'), { recursive: true });
    const output = await apt('purge', 'camd');

    t.match(output, 'camd: /var/lib/private/camd has data and stays; remove it with: rm -r /var/lib/private/camd');
    t.same(left(), ['/camd.deb', '/var/lib/camd', '/var/lib/private/camd']);
    for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true });
    await box.must('dpkg-deb', '--control', '/camd.deb', '/tmp/control');
    await box.must('sh', '/tmp/control/postrm', 'purge');
    t.same(left(), ['/camd.deb'], 'without pictures nothing is left');
    const made = readdirSync(join(root, 'etc')).filter((name) => !before.has(name) && /camd/.test(name));
    t.same(made, []);
    t.match(await box.must('getent', 'passwd', 'camd'), /^camd:/, 'as Debian keeps users of services');
    t.equal((await box.must('systemctl', '--failed', '--plain', '--no-legend')).match(/camd/), null);
  });

  await installScriptTests(t, box);

  /** Files with "camd" in the name, without caches, logs, files of the test, and files inside of a listed folder. */
  function left(): string[] {
    const argv = [
      root,
      '-xdev',
      '-iname',
      '*camd*',
      '-not',
      '-path',
      '*/var/cache/*',
      '-not',
      '-path',
      '*/var/log/*',
      '-prune',
    ];
    const found = execFileSync('find', [...argv, '-not', '-path', '*/usr/local/*'], { encoding: 'utf8' });
    const paths = found.split('\n').flatMap((path) => (path === '' ? [] : [path.slice(root.length)]));
    return paths.sort();
  }

  /** undefined until there is a picture. */
  async function pictureOr(): Promise<string | undefined> {
    const answer = await get(box, PICTURE);
    return answer.startsWith('200') ? answer : undefined;
  }
});

t.test('the npm package', { timeout: 900_000 }, (t) => npmPackageTests(t, folder));
