// The lock of a state folder: one camd at a time, and the second one learns who the first is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createLog } from '../../../core/base/log.ts';
import { lockState } from '../../../core/service/state-lock.ts';
import { folderWith } from '../../support/cli.ts';

const FIRST = { pid: 4711, profile: '/etc/camd/camd.yaml' };
const lines: unknown[] = [];
const log = createLog({ level: 'info', write: (line) => void lines.push(JSON.parse(line)) });
const SECOND = { pid: 4712, profile: '/home/me/other.yaml' };

t.test('the second camd is refused with process and profile of the first, until that ends', async (t) => {
  const folder = join(folderWith(t, {}), 'state');

  const release = await lockState(folder, FIRST, log);
  await t.rejects(lockState(folder, SECOND, log), {
    code: 'already-running',
    message: /in use by process 4711, which runs \/etc\/camd\/camd\.yaml; stop that camd first/,
  });
  release();
  const again = await lockState(folder, SECOND, log);

  t.equal(statSync(join(folder, '.lock')).mode & 0o777, 0o600);
  again();
});

t.test('the lock dies with its process, however that ends', async (t) => {
  const folder = folderWith(t, {});
  const script = `import { lockState } from './core/service/state-lock.ts';
    await lockState(${JSON.stringify(folder)}, { pid: process.pid, profile: 'p.yaml' }, console); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await t.rejects(lockState(folder, SECOND, log), { code: 'already-running' });

  child.kill('SIGKILL');
  await once(child, 'exit');

  (await lockState(folder, SECOND, log))();
  t.pass('it is free');
});

t.test('a folder that cannot be locked is named in a warning, and camd runs', async (t) => {
  (await lockState('/dev/null/state', FIRST, log))();

  t.match(lines, [{ level: 'warn', msg: 'the state folder cannot be locked', folder: '/dev/null/state' }]);
});
