// Nodes that crash repeatedly: they restart, leave nothing behind, and do not slow their neighbours.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Status } from '../core/service/control/messages.ts';
import { camd as command } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { until } from './support/until.ts';

/** The long form kills as often as it takes to be sure; the short one is for every day. */
const LONG = process.env.CAMD_LONG === '1';
const KILLS = LONG ? 100 : 8;

/** Seconds that no other sleep on this machine is likely to take. */
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
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return [{ pid: Number(name), parent: Number(parent), state, command: words.join(' ') }];
    } catch {
      return [];
    }
  });
}

t.test(
  'a child that is killed again and again, ignores SIGTERM and forks harms nobody',
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
    const child = () => processes().find((one) => one.parent === daemon.pid && one.command.includes('forking.cjs'));
    await until(async () => (await status('shaky')).framesOut > 0, 'the first picture of the child');
    const started = performance.now();
    const before = (await status('steady')).framesOut;

    for (let kill = 0; kill < KILLS; kill++) {
      const victim = await until(child, 'a child to kill');
      const { framesOut } = await status('shaky');
      process.kill(victim.pid, 'SIGKILL');
      await until(
        async () => child()?.pid !== victim.pid && (await status('shaky')).framesOut > framesOut,
        'its successor',
      );
    }
    const seconds = (performance.now() - started) / 1000;
    const frames = (await status('steady')).framesOut - before;

    t.ok(frames >= 0.95 * 20 * seconds, `${frames} frames in ${seconds.toFixed(1)} s at 20 fps`);
    t.same(
      processes().filter((one) => one.parent === daemon.pid && one.state === 'Z'),
      [],
      'no zombies',
    );
    const helpers = () => processes().filter((one) => one.state !== 'Z' && one.command.includes(`sleep ${MARK}`));
    await until(() => helpers().length <= 1, 'only the helper of the living child to be left');

    daemon.signal('SIGTERM');
    t.equal(await daemon.ended, 0);
    await until(() => helpers().length === 0, 'no orphans');
  },
);

t.test('status and readyz name a fault within 5 s of it', async (t) => {
  const daemon = await startDaemon(
    t,
    dedent`
      camd: 1
      pipeline:
        gate: { use: source/exec, command: [sleep, '1000'], timeout: 1s }
        latest: { use: cache/latest, from: gate }
        web: { use: http/server, listen: '127.0.0.1:0' }
        snapshot: { use: http/snapshot, on: web, from: latest }
        health: { use: http/health, on: web }
    `,
  );
  const origin = await daemon.origin('web');

  // The command is there but sends nothing: noticed after its time-out, not before.
  await sleep(1000);
  const named = await until(
    async () => {
      const response = await fetch(`${origin}/readyz`);
      const body = (await response.json()) as { faults: { node: string; why?: string }[] };
      return response.status === 503 && body.faults.find((fault) => fault.node === 'gate');
    },
    'the fault to be named',
    4000,
  );

  t.match(named.why, /sleep/);
  const { out } = await command(['status', '--socket', daemon.socket]);
  t.match(out, /^gate +source\/exec +degraded .*sleep/m);
});
