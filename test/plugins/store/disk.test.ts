// store/disk: its folder and file names, and its behaviour on disk errors.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../core/base/clock.ts';
import { createTimeFormat } from '../../../plugins/kit/time/time-format.ts';
import { zone } from '../../../plugins/kit/time/zone.ts';
import { type KeeperOptions, openKeeper } from '../../../plugins/store/disk/keeper.ts';
import { createNames } from '../../../plugins/store/disk/names.ts';
import { frameOf, storeConformance } from '../../conformance/store.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

const temporaryFolder = async (t: Test): Promise<string> => folderWith(t, {});

interface Naming {
  readonly name?: string;
  readonly timeFormat?: string;
  readonly timezone?: string;
  readonly latest?: string;
  readonly camera?: string;
  readonly prefixes?: readonly string[];
}

const namesOf = ({ name, timeFormat, timezone, latest, camera, prefixes }: Naming = {}) =>
  createNames({
    name: name ?? '{camera}_{time}.{ext}',
    latest: latest ?? '{camera}.{ext}',
    camera,
    prefixes: prefixes ?? ['snapshot'],
    time: createTimeFormat(timeFormat ?? '%Y%m%dT%H%M%S.%fZ', zone(timezone ?? 'UTC')),
  });

const keeperAt = async (path: string, naming: Naming = {}, options: Partial<KeeperOptions> = {}) => {
  const keeper = await openKeeper({
    path,
    names: namesOf(naming),
    latest: 'file',
    durable: true,
    maxFiles: 1000,
    minFree: 0,
    stampFiles: naming.timezone !== undefined || naming.name?.includes('{time}') === false,
    now: systemClock.now,
    monotonic: systemClock.monotonic,
    ...options,
  });
  await keeper.index(new AbortController().signal);
  return keeper;
};

t.test('store/disk as every store', (t) =>
  storeConformance(t, async (t) => {
    const yaml = dedent`
      camd: 1
      control: false
      pipeline:
        disk: { use: store/disk, path: pictures, min_free: 0B }
    `;
    const camd = await run(t, yaml);
    return {
      store: camd.port('disk', 'store'),
      async reopen() {
        await camd.stop();
        const again = await run(t, yaml.replace('path: pictures', `path: ${join(camd.folder, 'pictures')}`));
        return again.port('disk', 'store');
      },
    };
  }),
);

t.test('names contain camera, time and format, sort by time and are read back exactly', async (t) => {
  const names = namesOf();

  const id = names.format({ camera: 'a_b.c', time: NOON + 0.123, number: 1, type: 'image/jpeg' });

  t.equal(id, 'a_b.c_20261120T120000.000123Z.jpg');
  t.same(names.parse(id, 0), { camera: 'a_b.c', time: NOON + 0.123, number: 1, type: 'image/jpeg' });
  t.equal(names.format({ camera: 'a', time: NOON, number: 2, type: 'image/png' }), 'a_20261120T120000.000000Z~2.png');
  for (const foreign of [
    'a.jpg',
    'a_20261120T120000.000123Z.jpeg',
    'a_20261120T120000.000123Z~1.jpg',
    'a_20261320T120000.000123Z.jpg',
    'a_20260231T120000.000000Z.jpg',
    'b/a_20261120T120000.000123Z.jpg',
    'a_20261120T120000.000123Z.jpg.part',
  ]) {
    t.equal(names.parse(foreign, 0), undefined, foreign);
  }
});

t.test('templates with folders, numbers, local time and seconds since 1970 are read back', async (t) => {
  const cases: [Naming, string][] = [
    [
      { name: '{camera}/{time}.{ext}', timeFormat: '%Y-%m-%d/%H%M%S.%L%z', timezone: 'Europe/Berlin' },
      'cam/2026-11-20/130000.500+0100.jpg',
    ],
    [{ name: '{camera}/{camera}_{time}.{ext}' }, 'cam/cam_20261120T120000.500000Z.jpg'],
    [
      { name: 'snapshot_{camera}_{time}.{ext}', timeFormat: '%Y%m%d_%H%M%S%f' },
      'snapshot_cam_20261120_120000500000.jpg',
    ],
    [{ name: '{camera}-{seq}.{ext}' }, 'cam-0000000007.jpg'],
    [{ name: '{time}.{ext}', timeFormat: '%s.%L', camera: 'cam' }, '1795176000.500.jpg'],
  ];

  for (const [naming, wanted] of cases) {
    const names = namesOf(naming);
    const number = naming.name?.includes('seq') ? 7 : 1;
    const id = names.format({ camera: 'cam', time: NOON + 500, number, type: 'image/jpeg' });

    t.equal(id, wanted);
    t.same(names.parse(id, NOON + 500), { camera: 'cam', time: NOON + 500, number, type: 'image/jpeg' });
  }
});

t.test('prefixes come from the frames, and a name that reads as another prefix is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const naming = { name: '{prefix}_{camera}_{time}.{ext}', prefixes: ['snapshot', 'api', 'api_stereo'] };
  const marked = (camera: string, seq: number, prefix: string) => ({ ...frameOf(camera, seq, NOON), meta: { prefix } });
  const keeper = await keeperAt(folder, naming);

  const ids: string[] = [];
  for (const [index, prefix] of ['api_stereo', 'api', 'snapshot', '../../etc'].entries()) {
    ids.push((await keeper.put(marked('left', index, prefix))).id);
  }
  await t.rejects(keeper.put(marked('stereo_left', 9, 'api')), { code: 'rejected' });

  const time = '20261120T120000.000000Z';
  t.same(ids, [
    `api_stereo_left_${time}.jpg`,
    `api_left_${time}.jpg`,
    `snapshot_left_${time}.jpg`,
    `snapshot_left_${time}~2.jpg`,
  ]);
  const again = await keeperAt(folder, naming);
  const kept = await again.list({ order: 'oldest-first', limit: 9 });
  t.same(kept.map(({ id }) => id).sort(), [...ids].sort());
  for (const id of ids) t.equal(await again.delete(id), true, id);
  t.same(await again.list({ order: 'oldest-first', limit: 9 }), []);
  t.same(
    (await readdir(folder)).filter((name) => name.includes('_')),
    [],
  );
});

t.test('templates that would mix pictures up or lead out of the folder are refused at the start', async (t) => {
  for (const name of [
    '{time}.{ext}',
    '{camera}.{ext}',
    '{camera}_{time}.jpg',
    '../{camera}_{time}.{ext}',
    '/x/{camera}_{time}.{ext}',
    '{camera}_{tiem}.{ext}',
    'a//{camera}_{time}.{ext}',
  ]) {
    t.throws(() => namesOf({ name }), { name: 'Fault' }, name);
  }
  t.throws(() => namesOf({ timeFormat: '%H%M%S' }), { name: 'Fault' });
  t.throws(() => namesOf({ timezone: 'Europe/Berlin' }), { name: 'Fault' });
  t.throws(() => namesOf({ latest: '{camera}_{time}.{ext}' }), { name: 'Fault' });
  t.throws(() => namesOf({ latest: 'latest.{ext}' }), { name: 'Fault' }, 'one file for all cameras');
});

t.test('a camera whose latest picture would be mistaken for a kept one is refused', async (t) => {
  const keeper = await keeperAt(await temporaryFolder(t));

  await t.rejects(keeper.put(frameOf('a_20261120T120000.000000Z', 1, NOON)), { code: 'rejected' });
});

t.test('a camera whose folder would replace another camera’s latest picture is refused', async (t) => {
  const keeper = await keeperAt(await temporaryFolder(t), { name: '{camera}/{time}.{ext}' });

  await t.rejects(keeper.put(frameOf('lobby.jpg', 1, NOON)), { code: 'rejected' });

  t.ok(await keeper.put(frameOf('lobby', 1, NOON)));
});

t.test('a name that only looks like that of a kept picture belongs to no camera and hides none', async (t) => {
  const folder = await temporaryFolder(t);
  const twin = 'a-00000000001.jpg';
  // Another camd, with another name for the latest picture, may have written this.
  const odd = 'a_20261120T120000.000000Z_20261120T120000.000000Z.jpg';
  for (const name of [twin, odd]) writeFileSync(join(folder, name), 'somebody else’s');

  const numbered = await keeperAt(folder, { name: '{camera}-{seq}.{ext}' });
  const kept = await numbered.put(frameOf('a', 1, NOON));
  const timed = await keeperAt(folder);

  for (const id of [twin, 'a-000000000001.jpg']) {
    t.equal(await numbered.read(id), undefined, id);
    t.equal(await numbered.delete(id), false, id);
  }
  t.same(await numbered.list({ order: 'oldest-first', limit: 9 }), [kept]);
  t.same(await timed.list({ order: 'oldest-first', limit: 9 }), []);
});

t.test('both autumn hours of a name in local time come back as they were', async (t) => {
  const folder = await temporaryFolder(t);
  const naming = { timeFormat: '%Y%m%d-%H%M%S', timezone: 'Europe/Berlin' };
  const first = Date.UTC(2026, 9, 25, 0, 30);
  const keeper = await keeperAt(folder, naming);
  await keeper.put(frameOf('a', 1, first));
  await keeper.put(frameOf('a', 2, first + 3_600_000));

  const again = await keeperAt(folder, naming);

  const kept = await again.list({ order: 'oldest-first', limit: 10 });
  t.same(
    kept.map(({ time }) => time),
    [first, first + 3_600_000],
  );
  for (const { id, size } of kept) {
    const found = await again.read(id);
    found?.body.destroy();
    t.equal(found?.kept.size, size);
  }
});

t.test('numbers continue after a restart, and times come from the files', async (t) => {
  const folder = await temporaryFolder(t);
  const naming = { name: '{camera}-{seq}.{ext}' };
  const keeper = await keeperAt(folder, naming);
  await keeper.put(frameOf('a', 50, NOON));
  await keeper.put(frameOf('a', 51, NOON + 1000));

  const again = await keeperAt(folder, naming);
  await again.put(frameOf('a', 1, NOON + 2000));

  const kept = await again.list({ order: 'oldest-first', limit: 10 });
  t.same(
    kept.map(({ id, time }) => [id, time - NOON]),
    [
      ['a-0000000001.jpg', 0],
      ['a-0000000002.jpg', 1000],
      ['a-0000000003.jpg', 2000],
    ],
  );
  t.same(await again.list({ order: 'oldest-first', limit: 10, after: 'a-0000000002.jpg' }), kept.slice(2));
});

t.test('the latest picture is one file with the newest kept one, in any format', async (t) => {
  const folder = await temporaryFolder(t);
  const keeper = await keeperAt(folder);
  const png = { ...frameOf('a', 2, NOON + 1), type: 'image/png' as const };

  const first = await keeper.put(frameOf('a', 1, NOON));
  t.equal(lstatSync(join(folder, 'a.jpg')).ino, lstatSync(join(folder, first.id)).ino);
  const second = await keeper.put(png);

  t.same((await readdir(folder)).sort(), ['a.png', first.id, second.id].sort());
  t.ok(readFileSync(join(folder, 'a.png')).equals(png.data));
});

t.test('a folder several levels deep is made, and used when it is there', async (t) => {
  const folder = join(await temporaryFolder(t), 'a', 'b');

  const { id } = await (await keeperAt(folder)).put(frameOf('a', 1, NOON));
  const again = await keeperAt(folder);

  t.match(await again.list({ order: 'oldest-first', limit: 9 }), [{ id }]);
});

t.test('a latest picture without {ext} in its name stays when the format changes', async (t) => {
  const folder = await temporaryFolder(t);
  const keeper = await keeperAt(folder, { latest: 'latest-{camera}' });
  const png = { ...frameOf('a', 2, NOON + 1), type: 'image/png' as const };

  await keeper.put(frameOf('a', 1, NOON));
  await keeper.put(png);

  t.ok(readFileSync(join(folder, 'latest-a')).equals(png.data));
});

t.test('the latest picture as a link follows the newest, also out of another folder and after a delete', async (t) => {
  const folder = await temporaryFolder(t);
  const keeper = await keeperAt(
    folder,
    { name: '{camera}/{time}.{ext}', latest: 'now/{camera}.{ext}' },
    { latest: 'symlink' },
  );
  const link = join(folder, 'now', 'a.jpg');

  const first = await keeper.put(frameOf('a', 1, NOON));
  const second = await keeper.put(frameOf('a', 2, NOON + 1));
  t.equal(readlinkSync(link), `../${second.id}`);
  await keeper.delete(second.id);
  t.equal(readlinkSync(link), `../${first.id}`);
  await keeper.delete(first.id);

  t.notOk(existsSync(link));
  t.notOk(existsSync(join(folder, 'a')), 'the empty folder is removed');
});

t.test('a start repairs the latest picture and removes only files left by killed writers', async (t) => {
  const folder = await temporaryFolder(t);
  const keeper = await keeperAt(folder);
  const kept = await keeper.put(frameOf('a', 1, NOON));
  rmSync(join(folder, 'a.jpg'));
  const dead = `.camd-4194305-${'0'.repeat(16)}.tmp`;
  for (const name of [dead, 'notes.txt', '.camd-notes.tmp']) writeFileSync(join(folder, name), 'x');
  mkdirSync(join(folder, `.camd-4194305-${'1'.repeat(16)}.tmp`));

  await keeperAt(folder);

  t.same(
    (await readdir(folder)).sort(),
    ['.camd-notes.tmp', `.camd-4194305-${'1'.repeat(16)}.tmp`, 'a.jpg', kept.id, 'notes.txt'].sort(),
  );
});

t.test('only regular files that match the template are listed, read and deleted', async (t) => {
  const folder = await temporaryFolder(t);
  const outside = join(await temporaryFolder(t), 'secret');
  writeFileSync(outside, 'secret');
  const stamp = '20261120T120000.000000Z';
  symlinkSync(outside, join(folder, `link_${stamp}.jpg`));
  mkdirSync(join(folder, `folder_${stamp}.jpg`));
  writeFileSync(join(folder, 'holiday.jpg'), 'mine');
  const keeper = await keeperAt(folder);
  const swapped = await keeper.put(frameOf('swapped', 1, NOON));
  rmSync(join(folder, swapped.id));
  symlinkSync(outside, join(folder, swapped.id));

  t.same(keeper.catalogue.count, 1);
  t.equal(await keeper.read(swapped.id), undefined);
  for (const id of [`link_${stamp}.jpg`, `folder_${stamp}.jpg`, 'holiday.jpg', swapped.id]) {
    t.equal(await keeper.delete(id), false, id);
    t.ok(lstatSync(join(folder, id)), id);
  }
  t.equal(readFileSync(outside, 'utf8'), 'secret');
});

t.test('a folder replaced by a link is not written to', async (t) => {
  const folder = await temporaryFolder(t);
  const outside = await temporaryFolder(t);
  const keeper = await keeperAt(folder, { name: '{camera}/{time}.{ext}' });
  symlinkSync(outside, join(folder, 'a'));

  await t.rejects(keeper.put(frameOf('a', 1, NOON)), { code: 'not-a-folder', blame: 'environment' });

  t.same(await readdir(outside), []);
  t.ok(await keeper.put(frameOf('b', 1, NOON)));
});

t.test('a foreign file under the next name is not overwritten', async (t) => {
  const folder = await temporaryFolder(t);
  const keeper = await keeperAt(folder);
  const theirs = join(folder, 'a_20261120T120000.000000Z.jpg');
  writeFileSync(theirs, 'theirs');

  const kept = await keeper.put(frameOf('a', 1, NOON));

  t.equal(kept.id, 'a_20261120T120000.000000Z~2.jpg');
  t.equal(readFileSync(theirs, 'utf8'), 'theirs');
});

t.test('the index is bounded: more pictures than max_files are refused', async (t) => {
  const keeper = await keeperAt(await temporaryFolder(t), {}, { maxFiles: 2 });
  await keeper.put(frameOf('a', 1, NOON));
  const second = await keeper.put(frameOf('a', 2, NOON + 1));

  await t.rejects(keeper.put(frameOf('a', 3, NOON + 2)), { code: 'store-full' });
  await keeper.delete(second.id);
  t.ok(await keeper.put(frameOf('a', 4, NOON + 3)));
});
