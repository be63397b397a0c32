// Users with a role and a camera list: a guest requests every path of every HTTP node for a camera in the list and for another one.

import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { checkRights } from '../../../../plugins/http/server/open.ts';
import { frameOf } from '../../../conformance/store.ts';
import { consoleAt, logIn, requestConsole } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Running, run } from '../../../support/harness.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';
import { until } from '../../../support/until.ts';
import { viewerPage } from '../../../support/viewer-page.ts';

const profile = (guest = 'role: look, cameras: [hall]'): string => dedent`
  camd: 1
  control: false
  pipeline:
    hall: { use: source/test-pattern, fps: 10 }
    porch: { use: source/test-pattern, fps: 10 }
    latest: { use: cache/latest, from: [hall, porch] }
    disk: { use: store/disk, path: pictures, min_free: 0B, durable: false }
    web:
      use: http/server
      listen: 127.0.0.1:0
      auth:
        basic: { users: { anna: secret, guest: secret, worker: secret } }
        bearer: { tokens: [a-token-of-a-program] }
        rights:
          guest: { ${guest} }
          worker: { role: operate, cameras: [hall] }
    snapshot: { use: http/snapshot, on: web, path: '/snap/{camera}.jpg', from: latest }
    porch-picture: { use: http/snapshot, on: web, path: /porch.jpg, camera: porch, from: latest }
    stream: { use: http/stream, on: web, path: '/live/{camera}.mjpg', from: latest }
    porch-stream: { use: http/stream, on: web, path: /porch.mjpg, camera: porch, from: latest }
    webcam: { use: http/webcam, on: web, path: /webcam, from: latest, cameras: [hall, porch] }
    events: { use: http/events, on: web, path: '/events/{camera}', from: latest }
    sockets: { use: http/websocket, on: web, path: /ws, from: latest, control: server }
    list: { use: http/list, on: web, path: /list, from: latest, preview: none }
    still: { use: http/still-page, on: web, path: /still, from: latest, camera: porch }
    screens: { use: http/screens, on: web, path: /screens, from: latest }
    viewer: { use: http/viewer, on: web, path: /view, from: latest }
    history: { use: http/history, on: web, from: disk, delete: true, films: true, list_path: '/lists/{camera}' }
    metrics: { use: http/metrics, on: web }
    health: { use: http/health, on: web }
    console: { use: http/console, listen: '127.0.0.1:0', users_of: web }
`;

const ALL = [200, 200];
const OWN = [200, 404];
const NONE = [403, 403];
/** GET paths → status for a guest of "hall": for hall, and for porch. A missing path fails the test. */
const PATHS: Readonly<Record<string, readonly number[]>> = {
  '/snap/{camera}.jpg': OWN,
  '/porch.jpg': [404, 404],
  '/live/{camera}.mjpg': OWN,
  '/porch.mjpg': [404, 404],
  '/webcam': ALL,
  '/webcam/': ALL,
  '/webcam/stream': ALL,
  '/webcam/snapshot': ALL,
  '/events/{camera}': [200, 400],
  '/list': ALL,
  '/still': ALL,
  '/still/': ALL,
  '/still/still-page.js': ALL,
  '/still/still-page.css': ALL,
  '/still/icon.svg': ALL,
  '/still/images/current.jpg': [404, 404],
  '/still/still.jpg': [404, 404],
  '/screens': ALL,
  '/screens/{camera}/state': OWN,
  '/view': ALL,
  '/view/': ALL,
  '/view/viewer.js': ALL,
  '/view/viewer.css': ALL,
  '/view/icon.svg': ALL,
  '/view/{camera}': OWN,
  '/history': ALL,
  '/history/history.js': ALL,
  '/history/history.css': ALL,
  '/history/icon.svg': ALL,
  '/history/cameras': ALL,
  '/history/cameras/{camera}': OWN,
  '/history/cameras/{camera}/counts': OWN,
  '/history/cameras/{camera}/days': OWN,
  '/history/cameras/{camera}/size': OWN,
  '/history/cameras/{camera}/pictures.zip': OWN,
  '/history/pictures/{id*}': OWN,
  '/history/thumbnails/{id*}': OWN,
  '/history/films': ALL,
  '/history/films/{id}': OWN,
  '/lists/{camera}': OWN,
  '/metrics': NONE,
  '/healthz': ALL,
  '/readyz': NONE,
};
const START = Date.UTC(2026, 9, 1);
const RANGE = `from=${START}&to=${START + 3_600_000}`;
const QUERY: Readonly<Record<string, string>> = {
  '/history/cameras/{camera}/counts': `?${RANGE}&every=10m`,
  '/history/cameras/{camera}/days': `?${RANGE}`,
  '/history/cameras/{camera}/size': `?${RANGE}`,
  '/history/cameras/{camera}/pictures.zip': `?${RANGE}`,
  '/webcam': '?action=snapshot',
  '/webcam/': '?action=snapshot',
};

const credentials = (user: string): string => `Basic ${Buffer.from(`${user}:secret`).toString('base64')}`;

interface Site {
  readonly camd: Running;
  readonly origin: string;
  /** Camera → id of a stored picture, and of a film. */
  readonly pictures: Readonly<Record<string, string>>;
  readonly films: Readonly<Record<string, string>>;
  ask(user: string, path: string, method?: string, body?: string): Promise<IncomingMessage>;
}

async function site(t: Test, withFilms = false): Promise<Site> {
  const camd = await run(t, profile());
  const { origin } = camd.port('web', 'server');
  const stills = camd.port('latest', 'stills');
  const store = camd.port('disk', 'store');
  const pictures: Record<string, string> = {};
  for (const [seq, camera] of ['hall', 'porch'].entries()) {
    const data = sampleJpeg({ width: 64, height: 48, seed: seq + 1 });
    pictures[camera] = (await store.put({ ...frameOf(camera, 1, START + 1000), data, width: 64, height: 48 })).id;
  }
  await until(() => ['hall', 'porch'].every((camera) => stills.latest(camera)), 'a picture of each camera');
  const ask: Site['ask'] = async (user, path, method = 'GET', body) => {
    const headers = {
      authorization: user === 'token' ? 'Bearer a-token-of-a-program' : credentials(user),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = httpRequest(new URL(path, origin), { method, headers, agent: false }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    t.teardown(() => void response.destroy());
    return response;
  };
  const films: Record<string, string> = {};
  for (const camera of withFilms ? ['hall', 'porch'] : []) {
    const film = JSON.stringify({ camera, from: START, to: START + 3_600_000, fps: 5, width: 64 });
    films[camera] = (await read<{ id: string }>(await ask('anna', '/history/films', 'POST', film))).id;
  }
  return { camd, origin, pictures, films, ask };
}

async function read<T>(response: IncomingMessage): Promise<T> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as T;
}

t.test('every path serves a guest the cameras in the list and no others', async (t) => {
  const { camd, ask, pictures, films } = await site(t, true);
  t.strictSame(camd.port('web', 'server').paths(), Object.keys(PATHS).sort(), 'the table is complete');
  type Films = { films: { is: string }[] };
  await until(
    async () => (await read<Films>(await ask('anna', '/history/films'))).films.every(({ is }) => is === 'done'),
    'the films to be made',
  );

  for (const [pattern, expected] of Object.entries(PATHS)) {
    for (const [at, camera] of ['hall', 'porch'].entries()) {
      const id = (pattern.startsWith('/history/films') ? films : pictures)[camera] ?? '';
      const path = pattern.replace('{camera}', camera).replace(/\{id\*?\}/, id) + (QUERY[pattern] ?? '');
      const status = async (user: string): Promise<number> => {
        const response = await ask(user, path);
        response.destroy();
        return response.statusCode ?? 0;
      };
      t.equal(await status('guest'), expected[at], `guest: ${path}`);
      t.notOk([401, 403, 404].includes(await status('anna')), `anna: ${path}`);
    }
  }
  const porch = await ask('guest', '/webcam/?action=snapshot_1');
  t.equal(porch.statusCode, 404, 'a camera by its number');
});

t.test('lists contain only the cameras of the user', async (t) => {
  const { ask } = await site(t, true);
  const text = async (user: string, path: string): Promise<string> => JSON.stringify(await read(await ask(user, path)));

  for (const path of ['/list', '/screens', '/history/cameras', '/history/films']) {
    t.match(await text('anna', path), /porch/, path);
    t.match(await text('token', path), /porch/, 'a token sees all');
    const seen = await text('guest', path);
    t.match(seen, /hall/, path);
    t.notMatch(seen, /porch/, path);
  }
});

t.test('a change needs the role, and is refused for another camera', async (t) => {
  const { ask, pictures, films } = await site(t, true);
  const status = async (user: string, method: string, path: string, body?: string): Promise<number> =>
    (await ask(user, path, method, body)).statusCode ?? 0;
  const film = (camera: string): string => JSON.stringify({ camera, from: START, to: START + 3_600_000 });

  t.equal(await status('guest', 'POST', '/history/films', film('hall')), 403, 'look: no film');
  t.equal(await status('worker', 'POST', '/history/films', film('porch')), 404, 'operate: no film of another camera');
  t.equal(await status('worker', 'POST', '/history/films', film('hall')), 202);
  t.equal(await status('guest', 'POST', '/screens/hall/capture'), 403);
  t.equal(await status('worker', 'POST', '/screens/porch/capture'), 404);
  t.equal(
    await status('worker', 'POST', '/screens/hall/capture'),
    503,
    'the request reaches a source without commands',
  );
  for (const user of ['guest', 'worker']) {
    t.equal(await status(user, 'DELETE', `/history/pictures/${pictures.hall}`), 403, 'deletion needs edit');
    t.equal(await status(user, 'DELETE', `/history/cameras/hall?${RANGE}`), 403);
    t.equal(await status(user, 'DELETE', `/history/films/${films.hall}`), 403);
  }
  t.equal(await status('anna', 'DELETE', `/history/films/${films.porch}`), 204);
  t.equal(await status('anna', 'DELETE', `/history/pictures/${pictures.porch}`), 204);
});

t.test('a user with edit rights deletes pictures and films of listed cameras only', async (t) => {
  const { camd, ask, pictures, films } = await site(t, true);
  await camd.reload(profile('role: edit, cameras: [hall]'));
  const status = async (path: string): Promise<number> => (await ask('guest', path, 'DELETE')).statusCode ?? 0;

  t.equal(await status(`/history/pictures/${pictures.porch}`), 404);
  t.equal(await status(`/history/cameras/porch?${RANGE}`), 404);
  t.equal(await status(`/history/films/${films.porch}`), 404);
  t.equal(await status(`/history/films/${films.hall}`), 204);
  t.equal(await status(`/history/pictures/${pictures.hall}`), 204);
});

t.test('the viewer sends a guest neither data nor pictures of another camera', async (t) => {
  const { origin } = await site(t);
  const headers = (user: string) => ({ authorization: credentials(user) });
  const all = viewerPage(t, origin, { path: '/view/viewer.ws', headers: headers('anna') });
  const porch = await all.number('porch');
  const page = viewerPage(t, origin, { path: '/view/viewer.ws', headers: headers('guest') });
  const hall = await page.number('hall');

  page.socket.send(JSON.stringify({ watch: [porch, hall] }));
  page.ack(await page.picture(1));
  await page.picture(2);

  t.ok(page.pictures.every(({ n }) => n === hall));
  t.notMatch(JSON.stringify(page.events), /porch/);
});

t.test('a WebSocket of another camera is refused, and a user with the role look cannot move cameras', async (t) => {
  const { origin } = await site(t);
  const reply = async (user: string): Promise<unknown> => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, {
      headers: { authorization: credentials(user) },
    });
    t.teardown(() => socket.terminate());
    await once(socket, 'open');
    socket.send(JSON.stringify({ watch: ['hall', 'porch'] }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    return JSON.parse(data.toString('utf8'));
  };

  const no = { camera: 'porch', refused: /No camera/ };
  t.match(await reply('guest'), { cameras: [{ camera: 'hall', control: false }, no] });
  t.match(await reply('worker'), { cameras: [{ camera: 'hall', control: true }, no] });
  t.match(await reply('anna'), { cameras: [{ camera: 'hall' }, { camera: 'porch', control: true }] });
});

t.test('a reload that removes a camera from a list ends the streams of that user, and no others', async (t) => {
  const { camd, ask } = await site(t);
  const theirs = await ask('guest', '/live/hall.mjpg');
  const anna = await ask('anna', '/live/hall.mjpg');
  let ended = false;
  anna.on('close', () => (ended = true)).on('error', () => {});
  anna.resume();
  const closed = once(
    theirs.resume().on('error', () => {}),
    'close',
  );

  await camd.reload(profile('cameras: [porch]'));
  await closed;

  t.equal((await ask('guest', '/live/hall.mjpg')).statusCode, 404);
  t.equal((await ask('guest', '/live/porch.mjpg')).statusCode, 200);
  t.notOk(ended);
});

t.test('the console takes users, roles and cameras from the server', async (t) => {
  const { camd } = await site(t);
  const origin = await consoleAt(camd);

  t.match((await (await logIn(origin, 'anna', 'secret'))('/api/session')).json, {
    role: 'operate',
    cameras: undefined,
  });
  const guest = await logIn(origin, 'guest', 'secret');
  t.match((await guest('/api/session')).json, { role: 'look', cameras: ['hall'] });
  t.notMatch((await guest('/api/cameras')).text, /porch/);
  t.equal((await requestConsole(origin, '/api/session', { body: { user: 'guest', password: 'wrong' } })).status, 401);

  await camd.reload(profile('role: operate, cameras: [porch]'));
  t.match((await guest('/api/session')).json, { role: 'operate', cameras: ['porch'] });
});

t.test('rights of an unknown user are an error', (t) => {
  const auth = { basic: { users: { anna: 'secret' } }, public: [] };

  t.match(checkRights({ auth: { ...auth, rights: { ana: { role: 'look' } } } }), [
    { option: 'auth.rights.ana', message: /no user "ana".*anna/ },
  ]);
  t.same(checkRights({ auth: { ...auth, rights: { anna: { role: 'look' } } } }), []);
  t.end();
});
