// Nodes that crash repeatedly: they restart, leave nothing behind, and do not slow their neighbours.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { Status } from '../core/service/control/messages.ts';
import { camd as command } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { run as inProcess } from './support/harness.ts';
import { manualClock } from './support/manual-clock.ts';
import { until } from './support/until.ts';

/** The long form kills often enough to be sure; the short one is for daily runs. */
const LONG = process.env.CAMD_LONG === '1';
const KILLS = LONG ? 100 : 8;

/** Seconds; marks the sleep processes of this test. */
const MARK = 100_000 + process.pid;

/** A camera that forks a helper, which holds its pipe open, and then sends pictures for ever. */
const FORKING = `
const { spawn } = require('node:child_process');
spawn('sleep', ['${MARK}'], { stdio: 'inherit' });
process.on('SIGTERM', () => {});
const picture = Buffer.from(process.argv[1], 'base64');
setInterval(() => process.stdout.write(picture), 50);
`;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly command: string;
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, state = '', parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      const argv = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return [{ pid: Number(name), parent: Number(parent), state, command: argv.join(' ') }];
    } catch {
      return [];
    }
  });
}

t.test(
  'a child that is killed repeatedly, ignores SIGTERM and forks does not disturb other nodes',
  { timeout: LONG ? 1_200_000 : 300_000 },
  async (t) => {
    const picture = execFileSync('ffmpeg', [
      ...'-hide_banner -loglevel error -f lavfi -i testsrc2=size=64x64 -frames:v 1 -c:v mjpeg -f mjpeg -'.split(' '),
    ]);
    const daemon = await startDaemon(
      t,
      dedent`
      camd: 1
      pipeline:
        steady: { use: source/test-pattern, size: 160x120, fps: 20 }
        shaky:
          use: source/exec
          command: [${process.execPath}, forking.cjs, ${picture.toString('base64')}]
          cwd: .
          grace: 500ms
        latest: { use: cache/latest, from: [steady, shaky] }
        web: { use: http/server, listen: '127.0.0.1:0' }
        snapshot: { use: http/snapshot, on: web, from: latest, path: '/{camera}.jpg' }
        health: { use: http/health, on: web }
    `,
      { files: { 'forking.cjs': FORKING.replace('process.argv[1]', 'process.argv[2]') } },
    );
    const status = async (id: string) => {
      const { out } = await command(['status', '--json', '--socket', daemon.socket]);
      const found = (JSON.parse(out) as Status).nodes.find((node) => node.id === id);
      if (!found) throw new Error(`no node ${id}`);
      return found;
    };
    const child = () =>
      processes().find((entry) => entry.parent === daemon.pid && entry.command.includes('forking.cjs'));
    await until(async () => (await status('shaky')).framesOut > 0, 'the first picture of the child');
    const before = await status('steady');

    for (let kill = 0; kill < KILLS; kill++) {
      const victim = await until(child, 'a child to kill');
      const [shaky, steady] = [await status('shaky'), await status('steady')];
      process.kill(victim.pid, 'SIGKILL');
      await until(async () => (await status('steady')).framesOut > steady.framesOut, 'the neighbour to continue');
      await until(
        async () => child()?.pid !== victim.pid && (await status('shaky')).framesOut > shaky.framesOut,
        'its successor',
      );
    }
    const after = await status('steady');

    t.same([after.state, after.restarts], [before.state, 0], 'the neighbour has kept its state and not restarted');
    t.same(
      processes().filter((entry) => entry.parent === daemon.pid && entry.state === 'Z'),
      [],
      'no zombies',
    );
    const helpers = () => processes().filter((entry) => entry.state !== 'Z' && entry.command.includes(`sleep ${MARK}`));
    await until(() => helpers().length <= 1, 'only the helper of the running child to remain');

    daemon.signal('SIGTERM');
    t.equal(await daemon.ended, 0);
    await until(() => helpers().length === 0, 'no orphans');
  },
);

const SILENT = dedent`
  camd: 1
  pipeline:
    gate: { use: source/exec, command: [sleep, '1000'], timeout: 1s }
    latest: { use: cache/latest, from: gate }
    web: { use: http/server, listen: '127.0.0.1:0' }
    snapshot: { use: http/snapshot, on: web, from: latest }
    health: { use: http/health, on: web }
`;

/** The response of /readyz: its status, and the reason that it gives for the node. */
async function readiness(origin: string, node: string): Promise<{ code: number; why: string | undefined }> {
  const response = await fetch(`${origin}/readyz`);
  const body = (await response.json()) as { faults: { node: string; why?: string }[] };
  return { code: response.status, why: body.faults.find((fault) => fault.node === node)?.why };
}

t.test('status and readyz name a command that sends nothing', async (t) => {
  const daemon = await startDaemon(t, SILENT);
  const origin = await daemon.origin('web');

  const named = await until(async () => {
    const answer = await readiness(origin, 'gate');
    return /sleep/.test(answer.why ?? '') && answer;
  }, '/readyz to report the command');

  t.equal(named.code, 503);
  const { out } = await command(['status', '--socket', daemon.socket]);
  t.match(out, /^gate +source\/exec +degraded .*sleep/m);
});

t.test('/readyz reports a silent command when its timeout expires, and not before', async (t) => {
  const time = manualClock();
  const camd = await inProcess(t, SILENT, { clock: time.clock });
  const { origin } = camd.port('web', 'server');
  await until(() => camd.status('gate').metrics.starts_total === 1, 'the command to run');

  await time.advance(999);
  const before = await readiness(origin, 'gate');
  await time.advance(1);
  const after = await until(async () => {
    const answer = await readiness(origin, 'gate');
    return answer.why !== before.why && answer;
  }, '/readyz to report the command');

  t.notMatch(before.why, /has sent nothing/);
  t.match(after.why, /The command sleep has sent nothing for 1s/);
});
