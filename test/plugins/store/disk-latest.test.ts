// store/disk while it reads its folder after a start: the latest picture of a camera is served from its file.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../core/base/clock.ts';
import { createTimeFormat } from '../../../plugins/kit/time/time-format.ts';
import { zone } from '../../../plugins/kit/time/zone.ts';
import { openKeeper } from '../../../plugins/store/disk/keeper.ts';
import { createNames } from '../../../plugins/store/disk/names.ts';
import { restoreLatest } from '../../../plugins/store/disk/restore.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';

const JPEG = sampleJpeg({ width: 16, height: 16, seed: 7 });
/** Enough that reading the folder takes longer than the first request. */
const FILES = 3000;

t.test('before the index is complete, the latest picture is found as a file and behind a link', async (t) => {
  const path = await folderWith(t, {});
  const names = createNames({
    name: '{camera}/{time}.{ext}',
    latest: '{camera}/latest.{ext}',
    camera: undefined,
    prefixes: [],
    time: createTimeFormat('%Y%m%dT%H%M%S.%fZ', zone('UTC')),
  });
  mkdirSync(join(path, 'lobby'));
  mkdirSync(join(path, 'cafe'));
  writeFileSync(join(path, 'lobby', 'latest.jpg'), JPEG);
  writeFileSync(join(path, 'cafe', '20261120T120000.000Z.jpg'), JPEG);
  symlinkSync('20261120T120000.000Z.jpg', join(path, 'cafe', 'latest.jpg'));
  const keeper = await openKeeper({
    path,
    names,
    latest: 'file',
    durable: true,
    maxFiles: 1000,
    minFree: 0,
    stampFiles: false,
    now: systemClock.now,
    monotonic: systemClock.monotonic,
  });

  const [file, link, none] = await Promise.all(
    ['lobby', 'cafe', 'nobody'].map((camera) => restoreLatest(keeper, names, camera, systemClock)),
  );

  t.match(file, { camera: 'lobby', type: 'image/jpeg', width: 16, seq: 0 });
  t.ok(link?.data.equals(JPEG));
  t.equal(none, undefined);
});

t.test('from the first request after a start, the latest picture is never 404 while its file is there', async (t) => {
  const path = await folderWith(t, {});
  for (let at = 0; at < FILES; at++) {
    const time = new Date(Date.UTC(2026, 10, 1) + at * 1000).toISOString().replaceAll(/[-:]/g, '').replace('Z', '000Z');
    writeFileSync(join(path, `lobby_${time}.jpg`), JPEG);
  }
  writeFileSync(join(path, 'lobby.jpg'), JPEG);
  const port = await freePort();

  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        web: { use: http/server, listen: "127.0.0.1:${port}" }
        in: { use: source/http, on: web, path: "/in/{camera}", anyone: true }
        disk: { use: store/disk, from: in, path: "${path}" }
        latest: { use: http/snapshot, on: web, from: disk, path: "/{camera}.jpg" }
    `,
  );
  const seen = new Set<number>();
  const ask = async (camera: string) => (await fetch(`http://127.0.0.1:${port}/${camera}.jpg`)).status;
  const indexed = () => camd.lines.some(({ msg }) => msg === 'index rebuilt');
  do seen.add(await ask('lobby'));
  while (!indexed());
  seen.add(await ask('lobby'));

  t.ok(seen.has(200));
  t.notOk(seen.has(404), `answers: ${[...seen].join(', ')}`);
  t.equal(await ask('nobody'), 404);
});
