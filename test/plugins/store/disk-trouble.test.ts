// store/disk in trouble: a full disk, no inodes left, a disk that is mounted late, and kill -9.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { createSpace } from '../../../plugins/kit/disk/space.ts';
import { frameOf } from '../../conformance/store.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { isWhole, openWriter, sealed } from '../../support/store-writer.ts';
import { until } from '../../support/until.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-trouble-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file system that is small enough to fill. Needs root; without root the test fails. */
function smallDisk(t: Test, options: string): string {
  const folder = temporaryFolder(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  t.teardown(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

/** Sends frames to the store like a source that waits for acknowledgements. */
function sender(camd: Running) {
  const session = camd.output('front').open();
  return (seq: number, size: number) => {
    const frame = { ...frameOf('upload', seq, NOON + seq), data: sealed(size) };
    return session.output.emit(frame, true).then(() => frame);
  };
}

const profile = (path: string, more = '') => dedent`
  camd: 1
  control: false
  pipeline:
    front: { use: source/test-pattern, fps: 20, size: 64x48 }
    disk: { use: store/disk, from: front, path: ${path}, min_free: 0B${more} }
`;

t.test(
  'on a full disk no acknowledged picture is lost, streams continue, and the store recovers by itself',
  async (t) => {
    const folder = smallDisk(t, 'size=3m');
    const camd = await run(t, profile(folder));
    const store = camd.port('disk', 'store');
    const stills = camd.port('disk', 'stills');
    const send = sender(camd);
    const acknowledged: Buffer[] = [];
    let refusal: unknown;

    for (let seq = 1; refusal === undefined; seq++) {
      await send(seq, 100_000).then(
        ({ data }) => acknowledged.push(data),
        (cause: unknown) => {
          refusal = cause;
        },
      );
    }
    t.match(refusal, { name: 'Fault', blame: 'environment', code: 'disk-full' });
    await camd.state('disk', 'degraded');
    const seen = stills.latest('front')?.frame.seq ?? 0;
    t.ok(
      await stills.next('front', seen + 20, AbortSignal.timeout(20_000)),
      'viewers of the store still receive frames',
    );
    t.match(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
      'no partial file is left',
    );
    t.ok(
      acknowledged.at(-1)?.equals(stills.latest('upload')?.frame.data ?? Buffer.alloc(0)),
      'a refused picture is not shown',
    );
    const kept = await store.list({ camera: 'upload', order: 'oldest-first', limit: 1000 });
    t.equal(kept.length, acknowledged.length);
    for (const [index, { id }] of kept.entries()) {
      const found = await store.read(id);
      t.ok(found && acknowledged[index]?.equals(await buffer(found.body)), id);
    }

    for (const { id } of kept.slice(0, 10)) await store.delete(id);
    await camd.state('disk', 'running');
    t.ok(await send(5000, 100_000), 'ingest resumes');
  },
);

t.test('a disk without inodes counts as full, and the store accepts pictures again once it has some', async (t) => {
  const folder = smallDisk(t, 'size=4m,nr_inodes=12');
  const camd = await run(t, profile(folder, ', latest_as: none').replace('fps: 20', 'mode: on_demand'));
  const send = sender(camd);

  let seq = 1;
  await t.rejects(
    async () => {
      for (; seq < 100; seq++) await send(seq, 100);
    },
    { code: 'disk-full' },
  );
  await camd.state('disk', 'degraded');
  const store = camd.port('disk', 'store');
  for (const { id } of await store.list({ order: 'oldest-first', limit: 4 })) await store.delete(id);

  await camd.state('disk', 'running');
  t.ok(await send(200, 100));
});

t.test('the store waits for a folder that cannot be created', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'away'), 'a file where a folder should be');
  const camd = await run(t, profile(join(folder, 'away', 'pictures')));

  await camd.state('disk', 'degraded');
  await t.rejects(camd.port('disk', 'store').put(frameOf('a', 1, NOON)), { name: 'Fault' });
  rmSync(join(folder, 'away'));

  await camd.state('disk', 'running');
  t.ok(await camd.port('disk', 'store').put(frameOf('a', 1, NOON)));
});

t.test('min_free stays free, and free space is queried again as soon as it matters', async (t) => {
  let free = 1000;
  let queries = 0;
  let now = 0;
  const space = createSpace({
    folder: '/pictures',
    minFree: 500,
    monotonic: () => now,
    ask: async () => {
      queries++;
      return free;
    },
  });

  await space.admit(200);
  await space.admit(200);
  t.equal(queries, 1, 'admitted bytes are counted');
  free = 600;
  await t.rejects(space.admit(200), { code: 'disk-full' });
  free = 10_000;
  await space.admit(200);
  t.equal(queries, 3);
  now += 1001;
  await space.admit(1);
  t.equal(queries, 4, 'other programs write to the disk as well');
});

t.test('an index that was truncated at max_files is completed once files are deleted', async (t) => {
  const folder = temporaryFolder(t);
  const quiet = profile(folder, ', max_files: 10').replace('fps: 20', 'mode: on_demand');
  for (let second = 0; second < 15; second++) {
    writeFileSync(join(folder, `a_20261120T1200${String(second).padStart(2, '0')}.000000Z.jpg`), 'x');
  }
  const camd = await run(t, quiet);
  const store = camd.port('disk', 'store');
  await camd.state('disk', 'degraded');
  t.equal((await store.usage()).count, 10);

  for (const { id } of await store.list({ order: 'oldest-first', limit: 7 })) await store.delete(id);

  await camd.state('disk', 'running');
  t.equal((await store.usage()).count, 8);
});

t.test('after a restart the latest pictures are available without a new frame', async (t) => {
  const folder = temporaryFolder(t);
  const quiet = profile(folder).replace('fps: 20', 'mode: on_demand');
  const first = await run(t, quiet);
  const frame = frameOf('a', 7, Date.now() - 60_000);
  await first.port('disk', 'store').put(frame);
  await first.stop();

  const again = await run(t, quiet);

  const still = await until(() => again.port('disk', 'stills').latest('a'), 'the picture of the first run');
  t.ok(still.frame.data.equals(frame.data));
  t.match(still, { stale: false, frame: { width: 16, height: 16, seq: 0 } });
  t.ok(still.age >= 60_000);
});

t.test('a store that is replaced ten times by reloads loses no acknowledged picture', async (t) => {
  const yaml = (queue: number) => profile('pictures', `, queue: ${queue}`).replace('fps: 20', 'mode: on_demand');
  const camd = await run(t, yaml(10));
  const send = sender(camd);
  const acknowledged: number[] = [];
  let isOver = false;
  const sending = (async () => {
    for (let seq = 1; !isOver; seq++) {
      await send(seq, 1000).then(
        (frame) => acknowledged.push(frame.time),
        () => {},
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();

  for (let reload = 1; reload <= 10; reload++) {
    const before = acknowledged.length;
    t.match(await camd.reload(yaml(10 + reload)), { ok: true });
    await until(() => acknowledged.length > before, 'pictures to be accepted again');
  }
  isOver = true;
  await sending;

  const kept = await camd.port('disk', 'store').list({ camera: 'upload', order: 'oldest-first', limit: 10_000 });
  const times = new Set(kept.map(({ time }) => time));
  t.same(
    acknowledged.filter((time) => !times.has(time)),
    [],
  );
});

t.test('after ten kills at any moment, no acknowledged picture is lost and no visible one is torn', async (t) => {
  const folder = temporaryFolder(t);
  const acknowledged = new Map<string, string>();
  const writer = join(import.meta.dirname, '../../support/store-writer.ts');

  for (let kill = 0; kill < 10; kill++) {
    const child = spawn(process.execPath, ['--import', 'tsx', writer], {
      env: { ...process.env, STORE_WRITER_FOLDER: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const before = acknowledged.size;
    const target = before + 1 + Math.floor(Math.random() * 40);
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const [id = '', hash] = line.split(' ');
      // The pipe may break off within a line: then the acknowledgement has not arrived.
      if (hash?.length === 64) acknowledged.set(id, hash);
      if (acknowledged.size >= target) child.kill('SIGKILL');
    });
    await new Promise((resolve) => lines.once('close', resolve));
    t.ok(acknowledged.size > before, `${acknowledged.size - before} pictures before kill ${kill + 1}`);

    const visible = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => !name.endsWith('.tmp') && statSync(join(folder, name)).isFile());
    t.ok(
      visible.every((name) => isWhole(readFileSync(join(folder, name)))),
      `${visible.length} files are whole`,
    );
    for (const [id, hash] of acknowledged) {
      const found = createHash('sha256')
        .update(readFileSync(join(folder, id)))
        .digest('hex');
      if (found !== hash) t.fail(`${id} differs from the acknowledged picture`);
    }
  }

  const keeper = await openWriter(folder);
  await keeper.index(new AbortController().signal);
  t.ok(keeper.catalogue.count >= acknowledged.size);
  t.same(
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.tmp')),
    [],
  );
  for (const camera of keeper.catalogue.cameras()) {
    const [newest] = await keeper.list({ camera, order: 'newest-first', limit: 1 });
    t.ok(newest && readFileSync(join(folder, `${camera}.jpg`)).equals(readFileSync(join(folder, newest.id))));
  }
});
