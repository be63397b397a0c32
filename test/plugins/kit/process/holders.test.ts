// Processes that have a file open, and processes that remain of a child.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findRemains, groupLives, MARK, signalGroup, signalProcess } from '../../../../plugins/kit/process/group.ts';
import { describeHolder, holdersOf } from '../../../../plugins/kit/process/holders.ts';
import { until } from '../../../support/until.ts';

t.test('a process that has a file open is found with its name', async (t) => {
  const file = join(t.testdir({}), 'held');
  writeFileSync(file, '');
  const fd = openSync(file, 'r');
  const holders = await holdersOf(new Set([file]));
  closeSync(fd);

  t.equal(holders.length, 1);
  t.equal(holders[0]?.pid, process.pid);
  t.match(holders[0]?.name, /^\S/);
  t.same(await holdersOf(new Set([file])), []);
  t.same(await holdersOf(new Set()), []);
});

t.test('a holder is described with its unit, if it has one', (t) => {
  t.equal(describeHolder({ pid: 812, name: 'mjpg', unit: 'mjpg.service' }), 'pid 812 (mjpg, unit mjpg.service)');
  t.equal(describeHolder({ pid: 812, name: 'mjpg', unit: undefined }), 'pid 812 (mjpg)');
  t.end();
});

async function child(
  t: Test,
  env: Readonly<Record<string, string>>,
  detached: boolean,
): Promise<ChildProcess & { pid: number }> {
  const made = spawn('sleep', ['600'], { detached, env: { PATH: process.env.PATH ?? '', ...env }, stdio: 'ignore' });
  t.teardown(() => made.kill('SIGKILL'));
  await once(made, 'spawn');
  return Object.assign(made, { pid: made.pid ?? 0 });
}

t.test('only members of a group and processes with the mark are found', async (t) => {
  const mark = randomUUID();
  const leader = await child(t, {}, true);
  const marked = await child(t, { [MARK]: mark }, true);
  const other = await child(t, { [MARK]: `${mark}x` }, true);
  const found = (): Promise<readonly number[]> =>
    until(async () => {
      const remains = await findRemains(leader.pid, mark);
      return remains?.includes(marked.pid) && remains;
    }, 'the started program');

  t.same([...(await found())].sort(), [leader.pid, marked.pid].sort());
  t.equal((await findRemains(other.pid, 'nobody'))?.length, 1);
  leader.kill('SIGKILL');
  await once(leader, 'exit');
  t.same(await found(), [marked.pid], 'found by the mark, without the group');
});

t.test('a signal reaches a whole group, and a group that no longer exists is reported', async (t) => {
  const leader = await child(t, {}, true);
  t.equal(groupLives(leader.pid), true);
  t.equal(signalGroup(leader.pid, 'SIGTERM'), true);
  const [, signal] = await once(leader, 'exit');
  t.equal(signal, 'SIGTERM');
  t.equal(groupLives(leader.pid), false);
  t.equal(signalGroup(leader.pid, 'SIGTERM'), false);

  const single = await child(t, {}, false);
  signalProcess(single.pid, 'SIGTERM');
  await once(single, 'exit');
  t.doesNotThrow(() => signalProcess(single.pid, 'SIGTERM'));
});
