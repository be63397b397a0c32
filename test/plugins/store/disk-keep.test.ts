// store/disk with `keep`: only the newest pictures stay; older ones are deleted after a grace unless being read, with any clock.

import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Frame } from '../../../core/contract/plugin.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-keep-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const profile = (folder: string, more = ''): string => dedent`
  camd: 1
  control: false
  pipeline:
    cam: { use: source/test-pattern, mode: on_demand, size: 64x48 }
    disk: { use: store/disk, from: cam, camera: cam, path: ${folder}, name: "final_{time}.{ext}", min_free: 0B,
      time_format: "%Y%m%d_%H%M%S", latest: current.jpg, latest_as: symlink, keep: 1, grace: 10s${more} }
`;

/** Sends pictures as a source that waits until they are stored. */
function sender(camd: Running) {
  const session = camd.output('cam').open();
  let seq = 0;
  return async (time: number): Promise<Buffer> => {
    const data = sampleJpeg({ seed: ++seq });
    const image = { data, type: 'image/jpeg' as const, width: 64, height: 48, hasHeadroom: false };
    const frame: Frame = { ...image, camera: 'cam', key: `cam-${seq}`, seq, time, arrived: 0, meta: {} };
    await session.output.emit(frame, true);
    return data;
  };
}

const pictures = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('final_'))
    .sort();
const link = (folder: string): string => readlinkSync(join(folder, 'current.jpg'));

t.test('the previous picture is deleted after the grace, and the link always leads to the newest', async (t) => {
  const folder = temporaryFolder(t);
  const { clock, advance } = manualClock();
  const camd = await run(t, profile(folder), { clock });
  const send = sender(camd);

  await send(NOON);
  await send(NOON + 2000);
  const newest = await send(NOON + 4000);
  await advance(9000);
  const within = pictures(folder);
  await advance(3000);
  await until(() => pictures(folder).length === 1, 'the older ones to go');

  t.same(within, ['final_20261120_120000.jpg', 'final_20261120_120002.jpg', 'final_20261120_120004.jpg']);
  t.same(pictures(folder), ['final_20261120_120004.jpg']);
  t.equal(link(folder), 'final_20261120_120004.jpg', 'relative');
  t.ok(readFileSync(join(folder, 'current.jpg')).equals(newest));
});

t.test('a picture that is being read stays until it has been read', async (t) => {
  const folder = temporaryFolder(t);
  const { clock, advance } = manualClock();
  const camd = await run(t, profile(folder), { clock });
  const send = sender(camd);
  await send(NOON);
  const reading = await camd.port('disk', 'store').read('final_20261120_120000.jpg');

  await send(NOON + 2000);
  await send(NOON + 4000);
  await advance(14_000);
  await until(() => pictures(folder).length === 2, 'the picture without readers to be deleted');
  const while_read = pictures(folder);
  reading?.body.destroy();
  await until(async () => {
    await advance(2000);
    return pictures(folder).length === 1;
  }, 'the one that was read to go');

  t.same(while_read, ['final_20261120_120000.jpg', 'final_20261120_120004.jpg']);
});

t.test(
  'with a clock that is set back, names keep rising, and the newest picture is never mistaken for the oldest',
  async (t) => {
    const folder = temporaryFolder(t);
    const { clock, advance } = manualClock(NOON);
    const camd = await run(t, profile(folder), { clock });
    const send = sender(camd);
    const names: string[] = [];
    let last: Buffer = Buffer.alloc(0);

    for (const time of [NOON, NOON + 2000, NOON - 3_600_000, NOON - 3_599_000, NOON - 3_598_000]) {
      last = await send(time);
      names.push(link(folder));
      await advance(12_000);
    }

    t.same(names, [
      'final_20261120_120000.jpg',
      'final_20261120_120002.jpg',
      'final_20261120_120002~2.jpg',
      'final_20261120_120002~3.jpg',
      'final_20261120_120002~4.jpg',
    ]);
    await until(() => pictures(folder).length === 1, 'only the newest to be left');
    t.ok(readFileSync(join(folder, 'current.jpg')).equals(last));
    await camd.stop();
    const again = await run(t, profile(folder), { clock: manualClock(NOON - 3_590_000).clock });
    const still = await until(() => again.port('disk', 'stills').latest('cam'), 'the picture after a restart');
    t.equal(still.frame.time, NOON - 3_598_000, 'its true age, not that of its name');
    t.ok(still.frame.data.equals(last));
  },
);

t.test('a thousand pictures of one second and a clock far behind leave names that still rise', async (t) => {
  const folder = temporaryFolder(t);
  const camd = await run(t, profile(folder, ', durable: false').replace('grace: 10s', 'grace: 0s'));
  const send = sender(camd);
  await send(NOON);

  for (let count = 0; count < 1000; count++) await send(NOON - 86_400_000);

  t.equal(link(folder), 'final_20261120_120001.jpg');
});

t.test('at the start the store removes only its own files', async (t) => {
  const folder = temporaryFolder(t);
  const own = ['final_20261120_110000.jpg', 'final_20261120_110002.jpg', 'final_20261120_110002~2.jpg'];
  const others = ['final_old.jpg', 'snapshot.jpg', 'notes.txt', 'final_20261120_110004.jpg.bak'];
  for (const name of [...own, ...others]) writeFileSync(join(folder, name), sampleJpeg());
  mkdirSync(join(folder, 'final_20261120_110006.jpg'));
  symlinkSync('final_20261120_110000.jpg', join(folder, '.camd-999999-0123456789abcdef.tmp'));
  symlinkSync('final_20261120_110000.jpg', join(folder, 'current.jpg'));

  await run(t, profile(folder));
  await until(() => !readdirSync(folder).includes('final_20261120_110000.jpg'), 'the old pictures to go');
  await until(() => readdirSync(folder).length === 7, 'the rest to go');

  t.same(
    readdirSync(folder).sort(),
    [...others, 'current.jpg', 'final_20261120_110002~2.jpg', 'final_20261120_110006.jpg'].sort(),
  );
  t.equal(link(folder), 'final_20261120_110002~2.jpg');
});

t.test('a folder in the place of the link is left alone and reported; viewers still get pictures', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'current.jpg'));
  writeFileSync(join(folder, 'current.jpg', 'precious.txt'), 'x');
  const camd = await run(t, profile(folder));
  const send = sender(camd);

  await t.rejects(send(NOON), /a folder is in the place of the latest picture; move it away/);
  const broken = await camd.state('disk', 'degraded');

  t.match(broken.lastError, /a folder is in the place of the latest picture/);
  t.same(readdirSync(folder), ['current.jpg'], 'no picture without a link, and no temporary file');
  rmSync(join(folder, 'current.jpg'), { recursive: true });
  await send(NOON + 1000);
  t.equal(link(folder), 'final_20261120_120001.jpg');
  await camd.state('disk', 'running');
});

t.test(
  'with a full or read-only disk pictures are refused until it recovers; the link leads to the last whole picture',
  async (t) => {
    const folder = temporaryFolder(t);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    t.teardown(() => execFileSync('umount', ['--lazy', folder]));
    const camd = await run(t, profile(folder));
    const send = sender(camd);
    const first = await send(NOON);

    writeFileSync(join(folder, 'filler'), Buffer.alloc(60 * 1024), { flush: false });
    await t.rejects(send(NOON + 1000), /the disk is full/);
    const full = await camd.state('disk', 'degraded');
    const kept = readFileSync(join(folder, 'current.jpg'));
    rmSync(join(folder, 'filler'));
    await camd.state('disk', 'running');
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await t.rejects(send(NOON + 2000), /mounted read-only/);
    execFileSync('mount', ['-o', 'remount,rw', folder]);
    await send(NOON + 3000);

    t.match(full.lastError, /the disk is full/);
    t.ok(kept.equals(first));
    t.equal(link(folder), 'final_20261120_120003.jpg');
  },
);

t.test('keep needs a name with the time', async (t) => {
  const folder = temporaryFolder(t);
  await t.rejects(run(t, profile(folder).replace('final_{time}.{ext}', 'final_{seq}.{ext}')), /"name" has no \{time\}/);
});
