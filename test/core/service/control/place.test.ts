// Where the control socket is: by systemd, by XDG, beside the state, in the temporary folder; private, and refused where it is not.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findSockets, makeControlFolder, socketsOf } from '../../../../core/service/control/place.ts';

const profile = { file: '/etc/camd/shop.yaml', folder: '/etc/camd', control: undefined };

function home(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-home-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('the places follow systemd, XDG, the state folder and the temporary folder', async (t) => {
  const last = join(tmpdir(), `camd-${process.getuid?.()}`, 'shop.sock');

  t.same(
    socketsOf(profile, { RUNTIME_DIRECTORY: '/run/camd:/run/x', XDG_RUNTIME_DIR: '/run/user/7', HOME: '/home/me' }),
    ['/run/camd/shop.sock', '/run/user/7/camd/shop.sock', '/home/me/.local/state/camd/control/shop.sock', last],
  );
  t.same(socketsOf(profile, { XDG_STATE_HOME: '/state' }), ['/state/camd/control/shop.sock', last]);
  t.same(socketsOf(profile, {}), [last]);
});

t.test('a path that is too long for a socket is left out', async (t) => {
  t.equal(socketsOf(profile, { HOME: `/home/${'x'.repeat(100)}` }).length, 1);
});

t.test('the profile names another place, or none', async (t) => {
  t.same(socketsOf({ ...profile, control: 'own.sock' }, { HOME: '/h' }), ['/etc/camd/own.sock']);
  t.same(socketsOf({ ...profile, control: false }, { HOME: '/h' }), []);
});

t.test('the folder is made for its user alone, and one that others may write is closed', async (t) => {
  const folder = join(home(t), 'state/camd/control');

  makeControlFolder(folder);
  t.equal(statSync(folder).mode & 0o777, 0o700);
  chmodSync(folder, 0o777);
  makeControlFolder(folder);

  t.equal(statSync(folder).mode & 0o777, 0o700);
});

t.test('a link, or a folder of another user, is refused', async (t) => {
  const at = home(t);
  mkdirSync(join(at, 'mine'));
  symlinkSync(join(at, 'mine'), join(at, 'link'));

  t.throws(() => makeControlFolder(join(at, 'link')), { code: 'unsafe-control' });
  // /proc belongs to root everywhere, and the tests run as root or not: init's folder shows another owner only to others.
  if (process.getuid?.() !== 0) t.throws(() => makeControlFolder('/proc'), { code: 'unsafe-control' });
});

t.test('sockets in the temporary folder are found only if its folder belongs to this user', async (t) => {
  const env = { HOME: home(t) };
  const control = join(env.HOME, '.local/state/camd/control');
  t.same(
    findSockets(env).filter((path) => path.startsWith(env.HOME)),
    [],
  );
  makeControlFolder(control);
  mkdirSync(join(control, 'shop.sock'));

  t.ok(existsSync(control));
  t.same(
    findSockets(env).filter((path) => path.startsWith(env.HOME)),
    [join(control, 'shop.sock')],
  );
});
