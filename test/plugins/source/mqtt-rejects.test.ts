// source/mqtt: messages acknowledged and then refused are counted, logged, and kept in a folder of limited size.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createRejects, MAX_WAITING } from '../../../plugins/kit/ingest/rejects.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

/** A truncated picture. */
const cut = (seed: number): Buffer => sampleJpeg({ width: 64, height: 64, seed }).subarray(0, -200);

async function screens(t: Ending, options: string, files: Readonly<Record<string, string>> = {}) {
  const broker = await mosquitto(t);
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      broker: { use: mqtt/client, url: '${broker.url}' }
      screens: { use: source/mqtt, via: broker, topic: 'a/{camera}'${options} }
      small: { use: transform/image, from: screens, rotate: 90, max_pixels: 1000 }
      latest: { use: cache/latest, from: small }
    `,
    { files },
  );
  await camd.state('screens', 'running');
  await camd.state('broker', 'running');
  const client = await outsider(t, broker.url);
  const send = (camera: string, payload: Buffer) => client.publishAsync(`a/${camera}`, payload, { qos: 1 });
  const metric = (name: string): number => camd.status('screens').metrics[name] ?? 0;
  const logged = (msg: string) => camd.lines.filter((line) => line.node === 'screens' && line.msg === msg);
  return { camd, send, metric, logged, folder: join(camd.folder, 'refused') };
}

t.test('a broken picture and a refused one are kept unchanged, and the log names the file', async (t) => {
  const { send, metric, logged, folder } = await screens(t, ', rejects: refused');
  const large = sampleJpeg({ width: 64, height: 64 });
  const text = Buffer.from('no picture');

  await send('lobby', cut(1));
  await send('cafe', large);
  await send('cafe', text);
  await until(() => metric('rejects_kept_total') === 3, 'three files');

  const kept = [...logged('a message contains no picture'), ...logged('a picture was rejected permanently')];
  const byCamera = kept.map(({ camera, why, bytes, kept }) => ({ camera, why, bytes, file: String(kept) }));
  t.match(byCamera, [
    { camera: 'lobby', why: 'truncated', bytes: cut(1).length, file: /_lobby\.jpg$/ },
    { camera: 'cafe', bytes: text.length, file: /_cafe\.bin$/ },
    { camera: 'cafe', bytes: large.length, file: /_cafe\.jpg$/ },
  ]);
  t.same(
    byCamera.map(({ file }) => readFileSync(join(folder, file))),
    [cut(1), text, large],
  );
  t.match([metric('bad_payloads_total'), metric('rejected_total')], [2, 1]);
  t.equal(readdirSync(folder).length, 3);
});

t.test('the oldest files are deleted, by number and by size, and foreign files stay', async (t) => {
  const { send, metric, folder } = await screens(t, ', rejects: refused, max_rejects: 3, max_rejects_bytes: 20KiB');
  mkdirSync(folder);
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  writeFileSync(join(folder, '20200101T000000000Z_000001_lobby.jpg'), 'of an earlier run');
  writeFileSync(join(folder, '20200101T000000000Z_000002_lobby.jpg.part'), 'half');
  const payload = (seed: number, size: number): Buffer => Buffer.alloc(size, `${seed} `);

  for (let seed = 1; seed <= 5; seed++) await send('lobby', payload(seed, 1000));
  await until(() => metric('rejects_kept_total') === 5, 'five files');
  const names = () => readdirSync(folder).sort();
  const first = names();
  const digits = first.slice(0, -1).map((name) => readFileSync(join(folder, name), 'latin1').charAt(0));
  await send('lobby', payload(6, 19_000));
  await send('lobby', payload(7, 21_000));
  await until(
    () => metric('rejects_left_out_total') === 1 && metric('rejects_kept_total') === 6,
    'the one that is too large, and the one before it',
  );

  t.same(digits, ['3', '4', '5']);
  t.equal(first.at(-1), 'notes.txt');
  t.same(
    names().map((name) => statSync(join(folder, name)).size),
    [1000, 19_000, 4],
  );
});

t.test('without the option nothing is written; with an impossible folder nothing is delayed', async (t) => {
  const plain = await screens(t, '');
  const file = await screens(t, ', rejects: refused/below', { refused: 'a file' });

  await plain.send('lobby', cut(1));
  await file.send('lobby', cut(1));
  await file.send('lobby', cut(2));
  await until(() => plain.metric('bad_payloads_total') === 1, 'the broken picture');
  await until(() => file.metric('bad_payloads_total') === 2, 'both broken pictures');

  t.equal(plain.logged('a message contains no picture')[0]?.kept, undefined);
  t.throws(() => readdirSync(plain.folder), { code: 'ENOENT' });
  t.match(file.logged('a refused payload cannot be kept')[0], { camera: 'lobby', why: /cannot store pictures/ });
});

t.test('messages beyond the disk queue are counted and not kept', async (t) => {
  const counts = new Map<string, number>();
  const rejects = createRejects({
    folder: folderWith(t, {}),
    maxFiles: 100,
    maxBytes: 2 ** 20,
    log: { warn() {} },
    metrics: { count: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1) },
    now: () => 0,
  });

  const kept = await Promise.all(Array.from({ length: MAX_WAITING + 5 }, () => rejects.keep('lobby', cut(1))));

  t.equal(kept.filter((name) => name !== undefined).length, MAX_WAITING);
  t.equal(new Set(kept).size, MAX_WAITING + 1);
  t.same(Object.fromEntries(counts), { rejects_kept_total: MAX_WAITING, rejects_left_out_total: 5 });
});
