// http/history on ranges: days of a calendar, archives, deletion, and films that survive a restart.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { MAX_WAITING } from '../../../plugins/http/history/films.ts';
import { frameOf } from '../../conformance/store.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 28, 12);
const USER = { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };

async function site(t: Test, times: readonly number[], options = '') {
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        disk: { use: store/disk, path: pictures, min_free: 0B, durable: false }
        web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { ann: secret } }, public: [/history, /history/*] } }
        history: { use: http/history, on: web, from: disk${options} }
    `,
  );
  const store = camd.port('disk', 'store');
  for (const [index, time] of times.entries()) {
    const data = sampleJpeg({ width: 64, height: 48, seed: index + 1 });
    await store.put({ ...frameOf('front', index + 1, time), data, width: 64, height: 48 });
  }
  return { camd, store, url: `${camd.port('web', 'server').origin}/history` };
}

t.test('the calendar uses the days of the client’s time zone, also over a clock change', async (t) => {
  const { url } = await site(t, [START, START + 11.5 * HOUR, START + 35 * HOUR, START + 100 * HOUR]);
  const days = async (query: string): Promise<unknown> =>
    (await fetch(`${url}/cameras/front/days?from=${START - 48 * HOUR}&to=${START + 200 * HOUR}${query}`)).json();

  t.match(await days(''), { days: ['2026-03-28', '2026-03-29', '2026-04-01'] });
  t.match(await days('&zone=Europe/Berlin'), { days: ['2026-03-28', '2026-03-29', '2026-03-30', '2026-04-01'] });
  t.match(await days('&zone=Nowhere'), { error: /time zone/ });
  const long = await fetch(`${url}/cameras/front/days?from=0&to=${START}`);
  t.match(await long.json(), { error: 'days covers at most 400 days' });
});

t.test('an archive contains the unchanged pictures of a range, and its size is limited', async (t) => {
  const { url, store } = await site(
    t,
    [0, 0.5, 1, 2, 3].map((hour) => START + hour * HOUR),
    ', max_download: 4',
  );
  const at = mkdtempSync(join(tmpdir(), 'camd-zip-'));
  t.teardown(() => rmSync(at, { recursive: true, force: true }));
  const zip = (from: number, to: number) => fetch(`${url}/cameras/front/pictures.zip?from=${from}&to=${to}`);

  const answer = await zip(START, START + 2.5 * HOUR);
  t.equal(answer.headers.get('content-type'), 'application/zip');
  t.match(answer.headers.get('content-disposition'), 'attachment; filename="front 2026-03-28T12-00Z.zip"');
  writeFileSync(join(at, 'a.zip'), Buffer.from(await answer.arrayBuffer()));
  const check =
    'import sys,zipfile,hashlib; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print("\\n".join(i.filename+" "+str(i.file_size)+" "+str(i.compress_type) for i in z.infolist()))';
  const { stdout } = await promisify(execFile)('python3', ['-c', check, join(at, 'a.zip')]);
  const kept = await store.list({ camera: 'front', order: 'oldest-first', limit: 4 });
  t.same(
    stdout.trim().split('\n'),
    kept.map(({ time, size }) => `front/${new Date(time).toISOString().replaceAll(':', '-')}.jpg ${size} 0`),
    'another program reads it, and every checksum matches',
  );

  const all = await zip(0, START + 99 * HOUR);
  t.equal(all.status, 400);
  t.match(await all.json(), { error: 'a download has at most 4 pictures' });
  t.equal((await zip(0, 1)).status, 404);
  t.match(await (await fetch(`${url}/cameras/front/size?from=0&to=${START + HOUR}`)).json(), { pictures: 2, most: 4 });
});

t.test('only a user of the server can delete, and pages of other sites cannot', async (t) => {
  const { url, store } = await site(
    t,
    [0, 1, 2, 3].map((hour) => START + hour * HOUR),
    ', delete: true',
  );
  const [first, second] = await store.list({ camera: 'front', order: 'oldest-first', limit: 2 });
  const remove = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}/${path}`, { method: 'DELETE', headers })).status;

  t.equal(await remove(`pictures/${first?.id}`, {}), 401, 'reading is public, and deletion is not');
  t.equal(await remove(`pictures/${first?.id}`, { ...USER, origin: 'https://elsewhere.example' }), 403);
  t.equal(await remove(`pictures/${first?.id}`, { ...USER, 'sec-fetch-site': 'same-site' }), 403);
  t.equal((await store.usage()).count, 4);
  t.equal(await remove(`pictures/${first?.id}`, { ...USER, origin: new URL(url).origin }), 204);
  t.equal(await remove(`pictures/${first?.id}`, USER), 404);
  t.equal(await remove(`cameras/front?from=${second?.time}`, USER), 400, 'a range needs both ends');
  const range = `cameras/front?from=${second?.time}&to=${START + 3 * HOUR}`;
  t.equal(await remove(range, {}), 401);
  t.equal(await remove(range, { ...USER, 'sec-fetch-site': 'same-site' }), 403);
  t.equal((await store.usage()).count, 3);
  t.equal(await remove(range, USER), 200);
  t.equal((await store.usage()).count, 1, 'the end is not part of the range');

  const { url: other } = await site(t, [START]);
  t.equal((await fetch(`${other}/cameras/front?from=0&to=1`, { method: 'DELETE', headers: USER })).status, 405);
});

t.test('films are made one after the other, sent in parts, and deleted', async (t) => {
  const { url, camd } = await site(
    t,
    [0, 1, 2, 3, 4].map((minute) => START + minute * 60_000),
    ', films: true',
  );
  const ask = (body: object, headers: object = USER) =>
    fetch(`${url}/films`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const films = async () =>
    ((await (await fetch(`${url}/films`)).json()) as { films: { id: string; is: string; pictures: number }[] }).films;
  const range = { camera: 'front', from: START, to: START + 4 * 60_000 };

  t.equal((await ask(range, {})).status, 401);
  t.equal((await ask({ ...range, fps: 500 })).status, 400);
  t.equal((await ask({ ...range, camera: '../front' })).status, 400);
  t.equal((await ask(range, { ...USER, 'sec-fetch-site': 'same-site' })).status, 403);
  t.equal((await ask({ ...range, camera: 'back' })).status, 404);
  const created = await ask(range);
  t.equal(created.status, 202);
  const { id } = (await created.json()) as { id: string };
  await until(async () => (await films()).find((film) => film.id === id)?.is === 'done', 'the film', 60_000);
  t.match(await films(), [{ id, camera: 'front', pictures: 4, skipped: 0, total: 4 }]);
  const whole = await fetch(`${url}/films/${id}`);
  const bytes = Buffer.from(await whole.arrayBuffer());
  t.equal(whole.headers.get('content-type'), 'video/mp4');
  const part = await fetch(`${url}/films/${id}`, { headers: { range: 'bytes=4-7' } });
  t.equal(part.status, 206);
  t.equal(await part.text(), 'ftyp');
  t.equal((await fetch(`${url}/films/${id}`, { headers: { range: `bytes=${bytes.length}-` } })).status, 416);

  const drop = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}/films/${id}`, { method: 'DELETE', headers })).status;
  t.equal(await drop({}), 401);
  t.equal(await drop({ ...USER, 'sec-fetch-site': 'same-site' }), 403);
  t.equal((await films()).length, 1);

  const statuses: number[] = [];
  for (let count = 0; count < MAX_WAITING + 3; count++) statuses.push((await ask(range)).status);
  t.ok(statuses.includes(503), 'the limit of waiting films');
  for (const film of await films()) await fetch(`${url}/films/${film.id}`, { method: 'DELETE', headers: USER });
  t.same(await films(), []);
  t.equal((await fetch(`${url}/films/${id}`)).status, 404);
  t.equal(camd.status('history').state.is, 'running');
});

t.test('a profile that lets anyone delete or make films is refused', async (t) => {
  for (const option of ['delete', 'films']) {
    await t.rejects(
      run(
        t,
        dedent`
          camd: 1
          pipeline:
            disk: { use: store/disk, path: pictures }
            web: { use: http/server, listen: 127.0.0.1:0 }
            history: { use: http/history, on: web, from: disk, ${option}: true }
        `,
      ),
      new RegExp(`${option}: this is for users of the server only`),
    );
  }
});
