// The shipped unit as rated by systemd: the part of the machine that camd can access.

import { spawnSync } from 'node:child_process';
import t from 'tap';

/** Tenths, as systemd-analyze expects it. */
const MOST = 17;

t.test('systemd-analyze security finds an exposure of at most 1.7', async (t) => {
  const argv = ['security', '--offline=true', `--threshold=${MOST}`, '--no-pager', 'packaging/systemd/camd.service'];

  const { status, stdout, stderr } = spawnSync('systemd-analyze', argv, { encoding: 'utf8' });

  const exposure = Number(/Overall exposure level for camd\.service: (\d+\.\d+)/.exec(stdout)?.[1]);
  t.ok(exposure > 0 && exposure <= MOST / 10, `${exposure} ${stderr}`);
  t.equal(status, 0);
});
