// `npm run test:install`: the Debian package in a fresh Debian root, from apt's installation to the purge. Needs root and Debian's mirror.

import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeDeb } from '../../packaging/package/deb.ts';
import { stage } from '../../packaging/package/tree.ts';
import { until } from '../support/until.ts';

t.setTimeout(1_200_000);

const SUITE = 'trixie';
const folder = mkdtempSync(join(tmpdir(), 'camd-install-'));
const root = join(folder, 'root');
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function build(version: string): Promise<string> {
  const tree = join(folder, `tree-${version}`);
  await stage(tree, { version, date: '2026-01-02' });
  const output = join(folder, `camd_${version}_all.deb`);
  makeDeb(tree, { version, epoch: 1_767_312_000, output });
  return output;
}

/** In the root, with a loopback interface of its own, so that no port is taken. */
const INSIDE = ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up; exec chroot "$0" "$@"', root] as const;
const inside = (...argv: string[]): string => {
  const [command, ...rest] = ['chroot', root, ...argv];
  return execFileSync(command ?? '', rest, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' },
  });
};

t.test(
  'apt installs it in a fresh root, camd serves a picture, an upgrade keeps the profile, a purge leaves nothing',
  async (t) => {
    const started = performance.now();
    execFileSync('mmdebstrap', ['--quiet', '--variant=apt', '--components=main', SUITE, root], { stdio: 'inherit' });
    t.comment(`a root with apt: ${seconds(started)}`);
    copyFileSync(await build('1.0.0'), join(root, 'camd.deb'));
    copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
    const before = new Set(readdirSync(join(root, 'etc')));

    const installing = performance.now();
    inside('apt-get', 'update', '-q');
    inside('apt-get', 'install', '-y', '-q', '--no-install-recommends', '/camd.deb');
    t.equal(inside('camd', '--version'), 'camd 1.0.0\n');
    t.equal(await picture(), 'image/jpeg');
    t.comment(`from apt install to the first picture: ${seconds(installing)}`);

    const profile = join(root, 'etc/camd/camd.yaml');
    writeFileSync(profile, '# mine\ncamd: 1\npipeline: { cam: { use: source/test-pattern } }\n');
    copyFileSync(await build('1.1.0'), join(root, 'camd.deb'));
    inside('apt-get', 'install', '-y', '-q', '/camd.deb');
    t.equal(inside('camd', '--version'), 'camd 1.1.0\n');
    t.match(inside('cat', '/etc/camd/camd.yaml'), /^# mine/);
    t.match(inside('camd', 'validate', '/etc/camd/camd.yaml'), 'valid, 1 node');

    inside('apt-get', 'remove', '-y', '-q', 'camd');
    t.ok(existsSync(profile), 'the profile stays');
    t.notOk(existsSync(join(root, 'usr/lib/camd')));
    inside('apt-get', 'purge', '-y', '-q', 'camd');
    t.notOk(existsSync(profile));
    const left = execFileSync(
      'find',
      [root, '-xdev', '-iname', '*camd*', '-not', '-path', '*/var/cache/*', '-not', '-path', '*/var/log/*'],
      { encoding: 'utf8' },
    );
    t.same(
      left.split('\n').filter((path) => path !== '' && !path.endsWith('/camd.deb')),
      [],
    );
    const etc = readdirSync(join(root, 'etc')).filter((name) => !before.has(name));
    t.notOk(etc.includes('camd'));
  },
);

/** Runs the installed command with the installed profile, and returns the type of a snapshot. */
async function picture(): Promise<string> {
  const [command, ...rest] = [...INSIDE, 'camd', '--config', '/etc/camd/camd.yaml'];
  const camd = spawn(command, rest, { stdio: 'ignore' });
  try {
    const ask = [
      'nsenter',
      '--target',
      String(camd.pid),
      '--net',
      'curl',
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{content_type}',
      'http://127.0.0.1:8080/gate/snapshot.jpg',
    ];
    return await until(
      () => {
        try {
          const type = execFileSync(ask[0] ?? '', ask.slice(1), { encoding: 'utf8' });
          return type.startsWith('image/') ? type : undefined;
        } catch {
          return undefined;
        }
      },
      'a picture',
      60_000,
    );
  } finally {
    camd.kill('SIGTERM');
  }
}
