// The Debian package: its files, its manual pages and its completion, checked by the tools that read them.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeDeb } from '../../packaging/package/deb.ts';
import { stage } from '../../packaging/package/tree.ts';

t.setTimeout(580_000);

const EDITION = { version: '1.2.3', date: '2026-01-02' };
const EPOCH = 1_767_312_000;

const folder = mkdtempSync(join(tmpdir(), 'camd-debian-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const root = join(folder, 'first');
const deb = await build('first');

async function build(name: string): Promise<string> {
  const output = join(folder, `${name}.deb`);
  await stage(join(folder, name), EDITION);
  makeDeb(join(folder, name), { version: EDITION.version, epoch: EPOCH, output, level: 0 });
  return output;
}

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

t.test('two builds with different umasks are identical', async (t) => {
  const before = process.umask(0o077);
  const again = await build('second').finally(() => process.umask(before));

  t.ok(readFileSync(deb).equals(readFileSync(again)));
});

t.test('lintian reports no error or warning', async (t) => {
  const { stdout, status } = spawnSync('lintian', ['--allow-root', '--fail-on', 'error,warning', deb], {
    encoding: 'utf8',
  });

  t.equal(status, 0, stdout);
});

t.test('the package contains the command, the units, the profile as a conffile, and the examples', async (t) => {
  const files = run('dpkg-deb', '--contents', deb);

  for (const path of [
    './usr/bin/camd -> ../lib/camd/dist/camd.cjs',
    './usr/lib/systemd/system/camd.service',
    './usr/lib/systemd/system/camd.socket',
    './usr/lib/sysctl.d/60-camd.conf',
    './usr/lib/sysusers.d/camd.conf',
    './usr/share/doc/camd/examples/snapshot-server.yaml',
    './usr/share/doc/camd/copyright',
  ]) {
    t.ok(files.includes(path), path);
  }
  t.notMatch(files, /(?<!\.d)\.ts$|node_modules/m);
  t.match(files, /^-rwxr-xr-x root\/root .*camd\.mjs$/m);
  t.equal(run('dpkg-deb', '--info', deb, 'conffiles'), '/etc/camd/camd.yaml\n');
  t.match(run('dpkg-deb', '--field', deb, 'Depends'), 'nodejs (>= 20.19)');
});

t.test(
  'the packaged command runs by itself, accepts the packaged profile, and bundles packages without native parts',
  async (t) => {
    const camd = join(root, 'usr/bin/camd');

    t.equal(run(camd, '--version'), 'camd 1.2.3\n');
    t.match(run(camd, 'validate', join(root, 'etc/camd/camd.yaml')), /valid, \d+ nodes/);
    t.match(run(camd, 'new'), 'snapshot-server');
    for (const name of ['aedes', 'kysely', 'mysql2', 'pg']) {
      const { stdout } = spawnSync(
        'grep',
        ['-rlE', `import\\("${name}"\\)|from"${name}"`, join(root, 'usr/lib/camd/dist')],
        {
          encoding: 'utf8',
        },
      );
      t.equal(stdout, '', `${name} is bundled`);
    }
  },
);

t.test('the manual pages have every command, top-level key and plugin, and groff reports no warning', async (t) => {
  const camd = page('man1/camd.1');
  const profile = page('man5/camd.yaml.5');

  for (const name of ['run', 'status', 'validate', 'plugins', 'cameras', 'devices']) t.match(camd, `camd ${name}\n`);
  t.match(camd, /-c, --config PROFILE/);
  t.match(camd, /78\s+The profile is invalid/);
  for (const name of ['pipeline', 'include', 'source/v4l2', 'http/snapshot-api', 'warm_up']) t.match(profile, name);
});

function page(path: string): string {
  const file = join(root, `usr/share/man/${path}.gz`);
  const { stdout, stderr } = spawnSync('man', ['--warnings', '--encoding=utf8', '--local-file', file], {
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8', PAGER: 'cat' },
    maxBuffer: 64 * 1024 * 1024,
  });
  t.equal(stderr, '');
  return stdout.replace(/\u2010/g, '-');
}

t.test('bash completes commands, options, their values, plugins and starting profiles', async (t) => {
  const script = join(root, 'usr/share/bash-completion/completions/camd');
  const complete = (...words: string[]): string[] => {
    const line = `source ${script}; COMP_WORDS=(camd ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _camd; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', '-c', line).trim().split('\n');
  };

  t.same(complete('vali'), ['validate']);
  t.same(complete('plugins', 'source/v4'), ['source/v4l2']);
  t.ok(complete('plugins', 'install', 's').includes('sharp'));
  t.same(complete('new', 'pi-s'), ['pi-stills']);
  t.same(complete('plugins', '--form'), ['--format']);
  t.same(complete('plugins', '--format', 'mark'), ['markdown']);
  t.ok(complete('tap', '--').includes('--socket'));
});

t.test('zsh and fish accept their completion', async (t) => {
  const zsh = join(root, 'usr/share/zsh/vendor-completions/_camd');
  const fish = join(root, 'usr/share/fish/vendor_completions.d/camd.fish');

  t.equal(run('zsh', '-n', zsh), '');
  t.equal(run('fish', '--no-execute', fish), '');
  t.match(run('fish', '--no-config', '-c', `source ${fish}; complete -C 'camd vali'`), /^validate\t/);
  t.match(run('fish', '--no-config', '-c', `source ${fish}; complete -C 'camd plugins source/v4'`), 'source/v4l2');
});
