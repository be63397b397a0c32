// packaging/install.sh in a scratch root: a second run changes nothing, and files of others stay as they are.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

const UNIT = 'etc/systemd/system/camd.service';
const folder = mkdtempSync(join(tmpdir(), 'camd-install-script-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const clone = join(folder, 'clone');
for (const part of ['dist', 'schemas', 'configs', 'packaging', 'package.json', 'CHANGELOG.md']) {
  cpSync(part, join(clone, part), { recursive: true, filter: (path) => !path.startsWith('dist/types') });
}

function fresh(name: string) {
  const root = join(folder, name);
  mkdirSync(root);
  const run = (...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync('sh', [join(clone, 'packaging/install.sh'), '--root', root, ...argv], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const files = () =>
    execFileSync('find', ['.', '-type', 'f', '-printf', '%p %T@ %s\n'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .sort();
  return { root, run, files };
}

t.test('shellcheck finds nothing', (t) => {
  t.equal(execFileSync('shellcheck', ['packaging/install.sh'], { encoding: 'utf8' }), '');
  t.end();
});

t.test('it installs program, unit and profile, changes nothing the second time, and removes its own files', (t) => {
  const { root, run, files } = fresh('whole');
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
  writeFileSync(join(root, 'etc/systemd/system/xl-cam-feed.service'), 'old');

  const first = run('--', '--kind', 'pi');
  const after = files();
  const second = run();

  t.match(first, { status: 0, stdout: /camd\.yaml written: .*Raspberry Pi/ });
  t.match(first.stdout, /switch it off with: sudo systemctl disable --now xl-cam-feed\.service$/m);
  t.match(readFileSync(join(root, UNIT), 'utf8'), '\nExecStart=/usr/local/bin/camd --config /etc/camd/camd.yaml\n');
  const addition = join(root, 'opt/camd/packaging/systemd/camd.service.d/pi-stills.conf');
  t.match(readFileSync(addition, 'utf8'), '\nExecStart=/usr/local/bin/camd --config ');
  t.match(readFileSync(join(root, 'usr/local/bin/camd'), 'utf8'), '/opt/camd/dist/camd.cjs "$@"');
  t.match(
    execFileSync(process.execPath, [join(root, 'opt/camd/dist/camd.cjs'), '--version'], { encoding: 'utf8' }),
    /^camd \d/,
  );
  t.match(second, { status: 0, stdout: /^camd is installed already; nothing was changed\.$/m });
  t.same(files(), after);

  appendFileSync(join(root, UNIT), '# mine\n');
  writeFileSync(join(root, 'opt/camd/mine'), '');
  rmSync(join(root, 'opt/camd/CHANGELOG.md'));
  const status = run('--status');
  t.match(status.stdout, /camd\.service was edited\.$/m);
  t.match(status.stdout, /CHANGELOG\.md is missing; run install\.sh again\.$/m);
  t.match(run().stdout, /camd\.service was edited and stays as it is\.\n/);
  t.ok(existsSync(join(root, 'opt/camd/CHANGELOG.md')));

  t.equal(run('--uninstall').status, 0);
  const left = files()
    .map((line) => line.split(' ')[0])
    .filter((path) => path !== '');
  t.same(left, ['./etc/camd/camd.yaml', `./${UNIT}`, './etc/systemd/system/xl-cam-feed.service', './opt/camd/mine']);
  t.match(run('--uninstall'), { status: 1, stderr: /There is nothing to remove/ });
  t.end();
});

t.test('it stops before any change when it finds a foreign file', (t) => {
  const { root, run, files } = fresh('foreign');
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/local/bin/camd'), 'theirs');

  const { status, stderr } = run();

  t.equal(status, 1);
  t.match(
    stderr,
    /\/usr\/local\/bin\/camd\nThis file is not from this script; move it away first\. Nothing was changed\.\n/,
  );
  t.equal(files().length, 2);
  t.equal(statSync(join(root, 'usr/local/bin/camd')).size, 6);
  t.match(run('--sttus'), { status: 64 });
  t.end();
});
