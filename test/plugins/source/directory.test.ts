// source/directory: whole files only, each once, in the order of their times; deleted or kept; nothing outside of its folder.

import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { collect } from '../../support/collect.ts';
import { type RunOptions, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const picture = (seed: number): Buffer => sampleJpeg({ width: 32, height: 24, seed });

/** A file of this age in seconds. */
function old(path: string, seed: number, seconds: number): void {
  writeFileSync(path, picture(seed));
  utimesSync(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
}

/** A consumer that refuses pictures while `refuses` is set. */
function picky() {
  const state = { refuses: true, attempts: 0 };
  const plugin = {
    use: 'test/picky',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['from'],
      properties: { from: { type: 'string', reference: { ports: ['frames'], delivery: 'every' } } },
    },
    start(node: { input(): { each(handler: () => Promise<void>, how: object): void } }) {
      const handler = async (): Promise<void> => {
        state.attempts++;
        if (state.refuses) throw new Error('the disk is full');
      };
      node.input().each(handler, { delivery: 'every' });
    },
  };
  return { state, plugin };
}

async function started(t: Test, options: object, more: RunOptions = {}) {
  const root = t.testdir({ drop: {} });
  const drop = join(root, 'drop');
  const profile = (changed: object = {}) =>
    JSON.stringify({
      camd: 1,
      control: false,
      pipeline: {
        drop: { use: 'source/directory', path: drop, settle: '50ms', rescan: '1h', ...options, ...changed },
        latest: { use: 'cache/latest', from: 'drop' },
        ...(more.plugins ? { picky: { use: 'test/picky', from: 'latest' } } : {}),
      },
    });
  return { root, drop, profile, start: () => run(t, profile(), more) };
}

t.test('existing files come first, the oldest first; then each new file, once', async (t) => {
  const { drop, start } = await started(t, {});
  mkdirSync(join(drop, 'day', 'hour'), { recursive: true });
  old(join(drop, 'day', 'hour', 'b.JPG'), 2, 200);
  old(join(drop, 'a.jpeg'), 1, 300);
  old(join(drop, 'c.jpg'), 3, 100);
  writeFileSync(join(drop, '.hidden.jpg'), picture(9));
  writeFileSync(join(drop, 'readme.txt'), 'no picture');
  const camd = await start();
  const frames = collect(camd, 'drop');
  await until(() => frames.length >= 3, 'the existing files');

  t.same(
    frames.map(({ meta }) => meta.file),
    ['a.jpeg', 'day/hour/b.JPG', 'c.jpg'],
  );
  t.match(frames[0], { camera: 'drop', type: 'image/jpeg', width: 32, height: 24 });
  t.ok(Math.abs((frames[0]?.time ?? 0) - (Date.now() - 300_000)) < 60_000, 'the time is that of the file');

  writeFileSync(join(drop, 'd.jpg'), picture(4));
  renameSync(join(drop, 'readme.txt'), join(drop, 'note.txt'));
  mkdirSync(join(drop, 'new', 'deep'), { recursive: true });
  writeFileSync(join(drop, 'new', 'deep', 'e.jpg'), picture(5));
  await until(() => frames.length >= 5, 'the new files');
  t.equal(frames.length, 5);
  t.ok(existsSync(join(drop, 'a.jpeg')), 'kept');

  writeFileSync(join(drop, 'd.jpg'), picture(6));
  await until(() => frames.length >= 6, 'the rewritten file');
  t.ok(frames[5]?.data.equals(picture(6)));
});

t.test('a file that is written slowly is one whole picture, and one that is renamed in comes at once', async (t) => {
  const { root, drop, start } = await started(t, { settle: '30ms' });
  const camd = await start();
  const frames = collect(camd, 'drop');
  const whole = sampleJpeg({ width: 320, height: 240, seed: 1 });
  const file = openSync(join(drop, 'slow.jpg'), 'w');
  const step = Math.ceil(whole.length / 6);
  for (let at = 0; at < whole.length; at += step) {
    const looks = camd.status('drop').metrics.incomplete_total ?? 0;
    writeSync(file, whole, at, Math.min(step, whole.length - at));
    // The next piece comes only after camd has read the incomplete file.
    if (at + step < whole.length && at < 2 * step)
      await until(
        () => (camd.status('drop').metrics.incomplete_total ?? 0) > looks,
        'camd to read the incomplete file',
      );
  }
  closeSync(file);
  await until(() => frames.length > 0, 'the picture');
  t.equal(frames.length, 1);
  t.ok(frames[0]?.data.equals(whole));

  writeFileSync(join(root, 'x.jpg'), picture(2));
  utimesSync(join(root, 'x.jpg'), 1000, 1000);
  renameSync(join(root, 'x.jpg'), join(drop, 'x.jpg'));
  await until(() => frames.length > 1, 'the renamed one');
  t.equal(frames[1]?.time, 1_000_000);
});

t.test('a file is deleted only after its picture is stored; a refused one stays and is tried again', async (t) => {
  const { state, plugin } = picky();
  const { drop, start } = await started(t, { after: 'delete' }, { plugins: [plugin] });
  old(join(drop, 'a.jpg'), 1, 10);
  const camd = await start();
  const refused = await camd.state('drop', 'degraded');

  t.match(refused.state, { why: /the disk is full/ });
  t.ok(existsSync(join(drop, 'a.jpg')));
  const attempts = state.attempts;
  await until(() => state.attempts > attempts, 'another attempt');
  t.ok(existsSync(join(drop, 'a.jpg')));

  state.refuses = false;
  await until(() => !existsSync(join(drop, 'a.jpg')), 'deletion');
  await camd.state('drop', 'running');
});

t.test('after a restart, kept files are not sent again, and files added meanwhile are', async (t) => {
  const { drop, profile, start } = await started(t, {});
  old(join(drop, 'a.jpg'), 1, 30);
  old(join(drop, 'line\nbreak%.jpg'), 2, 20);
  const camd = await start();
  const frames = collect(camd, 'drop');
  await until(() => frames.length >= 2, 'both');
  const without = JSON.parse(profile());
  delete without.pipeline.drop;
  without.pipeline.latest.from = 'other';
  without.pipeline.other = { use: 'source/test-pattern' };
  t.ok((await camd.reload(JSON.stringify(without))).ok, 'the node is gone');
  const state = join(camd.folder, 'state', 'directory', 'drop.taken');
  t.equal(readFileSync(state, 'utf8').trimEnd().split('\n').length, 2);
  appendFileSync(state, '12:34');
  rmSync(join(drop, 'a.jpg'));
  old(join(drop, 'c.jpg'), 3, 10);

  t.ok((await camd.reload(profile())).ok);
  const later = collect(camd, 'drop');
  await until(() => later.length >= 1, 'the new one');
  old(join(drop, 'd.jpg'), 4, 5);
  await until(() => later.length >= 2, 'one more');
  t.same(
    later.map(({ meta }) => meta.file),
    ['c.jpg', 'd.jpg'],
  );
  t.notMatch(readFileSync(state, 'utf8'), 'a.jpg', 'deleted files are forgotten');
});

t.test('each folder is a camera; links are ignored, and nothing outside is read or deleted', async (t) => {
  const { root, drop, start } = await started(t, { cameras: 'folders', after: 'delete' });
  mkdirSync(join(root, 'outside'));
  old(join(root, 'outside', 'secret.jpg'), 8, 50);
  mkdirSync(join(drop, 'gate', '2026'), { recursive: true });
  mkdirSync(join(drop, 'bad name'));
  symlinkSync(join(root, 'outside'), join(drop, 'linked'));
  symlinkSync(join(root, 'outside', 'secret.jpg'), join(drop, 'gate', 'link.jpg'));
  old(join(drop, 'gate', '2026', 'a.jpg'), 1, 30);
  old(join(drop, 'bad name', 'b.jpg'), 2, 20);
  old(join(drop, 'beside.jpg'), 3, 10);
  const camd = await start();
  const frames = collect(camd, 'drop');
  await until(() => !existsSync(join(drop, 'gate', '2026', 'a.jpg')), 'the picture to be taken');
  mkdirSync(join(drop, 'yard'));
  old(join(drop, 'yard', 'c.jpg'), 4, 5);
  await until(() => !existsSync(join(drop, 'yard', 'c.jpg')), 'the second camera');

  t.same(
    frames.map(({ camera, meta }) => [camera, meta.file]),
    [
      ['gate', 'gate/2026/a.jpg'],
      ['yard', 'yard/c.jpg'],
    ],
  );
  t.ok(existsSync(join(root, 'outside', 'secret.jpg')));
  t.ok(existsSync(join(drop, 'beside.jpg')));
  t.ok(existsSync(join(drop, 'bad name', 'b.jpg')));
  t.same(camd.port('latest', 'stills').cameras(), ['gate', 'yard']);
});

t.test('more events than the kernel holds: the rescan finds the missed files', async (t) => {
  const { drop, start } = await started(t, { rescan: '300ms' });
  const camd = await start();
  const frames = collect(camd, 'drop');
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  t.ok(limit <= 1e6, `the kernel holds ${limit} events`);
  writeFileSync(join(drop, 'first.jpg'), picture(1));
  await until(() => frames.length === 1, 'the first picture');
  const files = ['x.txt', 'y.txt'].map((name) => openSync(join(drop, name), 'w'));

  // The events stay queued until the event loop runs; the kernel merges equal ones in a row.
  for (let event = 0; event < limit + 100; event++) writeSync(files[event % 2] ?? 0, '.');
  old(join(drop, 'hidden-by-overflow.jpg'), 2, 10);
  for (const file of files) closeSync(file);

  await until(() => frames.length === 2, 'the picture whose event was lost');
  t.equal(frames[1]?.meta.file, 'hidden-by-overflow.jpg');
});

t.test('camd waits for a missing folder, also for one that is removed and created again', async (t) => {
  const { drop, start } = await started(t, { rescan: '200ms' });
  rmSync(drop, { recursive: true });
  const camd = await start();
  t.match((await camd.state('drop', 'degraded')).state, { why: /drop does not exist; camd waits for it/ });
  const frames = collect(camd, 'drop');

  mkdirSync(drop);
  old(join(drop, 'a.jpg'), 1, 10);
  await until(() => frames.length === 1, 'the picture');
  await camd.state('drop', 'running');
  rmSync(drop, { recursive: true });
  await camd.state('drop', 'degraded');
  mkdirSync(drop);
  old(join(drop, 'b.jpg'), 2, 10);
  await until(() => frames.length === 2, 'the picture in the new folder');
});

t.test('camd gives up a broken file after half a minute, and ignores one that is too large', async (t) => {
  const { clock, advance } = manualClock();
  const { drop, start } = await started(t, { broken: 'delete', max_frame: '2KiB' }, { clock });
  writeFileSync(join(drop, 'half.jpg'), picture(1).subarray(0, 400));
  writeFileSync(join(drop, 'large.jpg'), Buffer.alloc(4096));
  utimesSync(join(drop, 'half.jpg'), 1, 1);
  const camd = await start();
  const metrics = () => camd.status('drop').metrics;
  await until(async () => {
    await advance(60);
    return metrics().too_large_total === 1 && metrics().incomplete_total !== undefined;
  }, 'a look at both');
  t.ok(existsSync(join(drop, 'half.jpg')), 'it may still become complete');

  await until(async () => {
    await advance(2000);
    return !existsSync(join(drop, 'half.jpg'));
  }, 'the broken file to be deleted');
  t.equal(metrics().broken_total, 1);
  t.same(readdirSync(drop), ['large.jpg']);
});
