// store/disk and fsync: the writes that precede an acknowledgement, and the option without them.

import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { frameOf } from '../../conformance/store.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

interface Synced {
  readonly path: string;
  /** True if the picture already had its own name. */
  readonly inPlace: boolean;
}

/** Every fsync of a file handle from now on; `fail` may make one of them fail. */
async function watchSyncs(t: Test, picture: () => string, fail: (path: string) => boolean = () => false) {
  const synced: Synced[] = [];
  const probe = await open('/dev/null');
  const prototype: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const { sync } = prototype;
  prototype.sync = async function (this: FileHandle) {
    const path = readlinkSync(`/proc/self/fd/${this.fd}`);
    if (fail(path)) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    await sync.call(this);
    synced.push({ path, inPlace: existsSync(picture()) });
  };
  t.teardown(() => {
    prototype.sync = sync;
  });
  return synced;
}

async function start(t: Test, ...options: string[]): Promise<{ camd: Running; path: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'camd-durable-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'new', 'pictures');
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        disk: { use: store/disk, path: '${path}', min_free: 0B, ${options.join(', ')} }
    `,
  );
  return { camd, path, folder };
}

t.test('a picture is flushed before it gets its name, and its folder before it is acknowledged', async (t) => {
  const { camd, path } = await start(t, 'latest_as: none');
  const synced = await watchSyncs(t, () => join(path, 'front_20261120T120000.000000Z.jpg'));

  const { id } = await camd.port('disk', 'store').put(frameOf('front', 1, NOON));

  t.equal(id, 'front_20261120T120000.000000Z.jpg');
  t.same(
    synced.map((sync) => [basename(sync.path).replace(/^\.camd-.*/, 'temporary'), sync.inPlace]),
    [
      ['temporary', false],
      ['pictures', true],
    ],
  );
});

t.test('new folders are flushed into the folders above them', async (t) => {
  const synced = await watchSyncs(t, () => '');
  const { camd, path, folder } = await start(t, "name: '{camera}/{time}.{ext}'", 'latest_as: none');
  const above = synced.map((sync) => sync.path);
  synced.length = 0;

  const { id } = await camd.port('disk', 'store').put(frameOf('front', 1, NOON));
  const [first, temporary, last] = synced.map((sync) => sync.path);

  t.ok(above.includes(folder), 'the one that holds "new"');
  t.ok(above.includes(join(folder, 'new')), 'the one that holds "pictures"');
  t.equal(first, path, 'the one that holds "front"');
  t.match(temporary, /\/pictures\/front\/\.camd-/);
  t.equal(last, join(path, 'front'));
  t.equal(id.startsWith('front/'), true);
});

t.test('when a flush fails, the picture is refused and removed, and the next one is accepted', async (t) => {
  for (const which of ['the picture', 'the folder']) {
    const { camd, path } = await start(t, 'latest_as: none');
    let broken = true;
    await watchSyncs(
      t,
      () => '',
      (at) => broken && at.startsWith(path) && (which === 'the folder') === (at === path),
    );
    const store = camd.port('disk', 'store');

    await t.rejects(store.put(frameOf('front', 1, NOON)), { code: 'disk-failed', blame: 'environment' }, which);
    const left = await readdir(path);
    broken = false;
    await store.put(frameOf('front', 2, NOON));

    t.same(left, [], 'neither the picture nor a temporary file');
    t.same(await readdir(path), ['front_20261120T120000.000000Z.jpg']);
  }
});

t.test('with durable: false nothing is flushed', async (t) => {
  const synced = await watchSyncs(t, () => '');
  const { camd, path } = await start(t, 'durable: false');
  synced.length = 0;

  await camd.port('disk', 'store').put(frameOf('front', 1, NOON));

  t.same(
    synced.filter((sync) => sync.path.startsWith(path)),
    [],
  );
});
