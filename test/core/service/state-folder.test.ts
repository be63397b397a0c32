// The folder for what must outlive the process: by systemd, by XDG, by home, and for a user without one.

import { tmpdir } from 'node:os';
import t from 'tap';
import { stateFolder } from '../../../core/service/state-folder.ts';

t.test('the folder follows systemd, then XDG, then the home, then the temporary folder', async (t) => {
  const of = (env: Record<string, string>) => stateFolder(env, '/etc/camd/shop.yaml');

  t.match(
    of({ STATE_DIRECTORY: '/var/lib/camd:/var/lib/other', HOME: '/root' }),
    /^\/var\/lib\/camd\/shop-[0-9a-f]{8}$/,
  );
  t.match(of({ XDG_STATE_HOME: '/state', HOME: '/root' }), /^\/state\/camd\/shop-/);
  t.match(of({ XDG_STATE_HOME: 'relative', HOME: '/home/me' }), /^\/home\/me\/\.local\/state\/camd\/shop-/);
  t.ok(of({}).startsWith(tmpdir()));
});

t.test('two profiles of one name have folders of their own', async (t) => {
  t.not(stateFolder({ HOME: '/h' }, '/a/p.yaml'), stateFolder({ HOME: '/h' }, '/b/p.yaml'));
});
