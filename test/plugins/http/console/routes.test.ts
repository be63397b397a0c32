// http/console: all routes with the role that each needs, requested with every role; WebSockets of other cameras.

import { once } from 'node:events';
import t from 'tap';
import { WebSocket } from 'ws';
import { MAX_BODY } from '../../../../plugins/http/console/answer.ts';
import {
  CLOSED,
  type Graph,
  type LiveEvent,
  type LogLine,
  type NodeDetail,
  type Picture,
  TAP_NEXT,
  type TapHead,
} from '../../../../plugins/http/console/api.ts';
import { createCounterHistory, MAX_SERIES, SAMPLES, STEP_MS } from '../../../../plugins/http/console/counters.ts';
import { MAX_CHANNELS } from '../../../../plugins/http/console/live.ts';
import { isHiddenFrom, isPartlyHidden } from '../../../../plugins/http/console/view.ts';
import { consoleAt, logIn, requestConsole } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Ending, run } from '../../../support/harness.ts';

const PASSWORD = 'correct horse';
const PROFILE = dedent`
  camd: 1
  control: false
  pipeline:
    hall: { use: source/test-pattern, fps: 10 }
    porch: { use: source/test-pattern, fps: 10 }
    latest: { use: cache/latest, from: [hall, porch] }
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      users:
        looker: { password: ${PASSWORD} }
        worker: { password: ${PASSWORD}, role: operate }
        editor: { password: ${PASSWORD}, role: edit }
        guest: { password: ${PASSWORD}, role: operate, cameras: [hall] }
`;

/** Every route of the API, and the minimum role. A missing route fails the test. */
const ROUTES: Readonly<Record<string, 'nobody' | 'look' | 'operate' | 'edit'>> = {
  'GET /api/session': 'nobody',
  'POST /api/session': 'nobody',
  'DELETE /api/session': 'nobody',
  'GET /api/graph': 'look',
  'GET /api/cameras': 'look',
  'GET /api/nodes/{node}': 'look',
  'GET /api/nodes/{node}/log': 'look',
  'GET /api/nodes/{node}/counters': 'look',
  'POST /api/nodes/{node}/restart': 'operate',
  'POST /api/nodes/{node}/capture': 'operate',
  'POST /api/doctor': 'operate',
  'GET /api/profile': 'edit',
  'POST /api/profile/check': 'edit',
  'POST /api/profile/apply': 'edit',
  'POST /api/profile/complete': 'edit',
  'GET /api/changes': 'edit',
  'GET /api/changes/{id}': 'edit',
  'POST /api/changes/{id}/undo': 'edit',
  'POST /api/cameras/find': 'edit',
  'POST /api/cameras/try': 'edit',
  'POST /api/cameras/insert': 'edit',
};
const RANK = { nobody: -1, look: 0, operate: 1, edit: 2 } as const;

async function site(t: Ending) {
  const camd = await run(t, PROFILE);
  const origin = await consoleAt(camd);
  const as = (user: string) => logIn(origin, user, PASSWORD);
  return { camd, origin, as };
}

t.test('the list contains every route of the console', async (t) => {
  const { kernelRoutes } = await import('../../../support/console-routes.ts');

  t.strictSame(Object.fromEntries(kernelRoutes().map(({ method, path, role }) => [`${method} ${path}`, role])), ROUTES);
  t.end();
});

t.test('each route refuses users with a lower role, and no others for that reason', async (t) => {
  const { as, origin } = await site(t);
  const people = { nobody: undefined, look: await as('looker'), operate: await as('worker'), edit: await as('editor') };

  for (const [route, role] of Object.entries(ROUTES)) {
    const [method = '', pattern = ''] = route.split(' ');
    if (route.endsWith('/api/session') || route === 'POST /api/doctor' || route === 'POST /api/cameras/find') continue;
    const path = pattern.replace('{node}', 'nothing').replace('{id}', 'nothing');
    for (const [who, ask] of Object.entries(people)) {
      const asking = method === 'GET' ? {} : { body: {} };
      const { status } = ask ? await ask(path, asking) : await requestConsole(origin, path, asking);
      const may = RANK[who as keyof typeof RANK] >= RANK[role];
      t.equal([401, 403].includes(status), !may, `${who}: ${route} ${status}`);
    }
  }
});

t.test('the API rejects unknown methods, paths, bodies and content types', async (t) => {
  const { as } = await site(t);
  const editor = await as('editor');

  t.equal((await editor('/api/nothing')).status, 404);
  t.equal((await editor('/api/graph', { method: 'POST', body: {} })).status, 405);
  t.equal((await editor('/api/graph', { method: 'PUT', body: {} })).headers.allow, 'GET');
  t.equal((await editor('/api/profile/check', { raw: '{}', headers: { 'content-type': 'text/plain' } })).status, 415);
  t.equal(
    (await editor('/api/profile/check', { raw: '{', headers: { 'content-type': 'application/json' } })).status,
    400,
  );
  t.equal(
    (await editor('/api/profile/check', { raw: '[]', headers: { 'content-type': 'application/json' } })).status,
    400,
  );
  const huge = { 'content-type': 'application/json', 'content-length': String(MAX_BODY + 1) };
  t.equal((await editor('/api/profile/check', { raw: ' ', headers: huge })).status, 413);
});

t.test('the graph, a node, its log and counters; a restart and a picture', async (t) => {
  const { as, camd } = await site(t);
  const worker = await as('worker');

  const graph = (await worker<Graph>('/api/graph')).json;
  t.match(
    graph.nodes.find(({ id }) => id === 'latest'),
    { kind: 'cache', state: { is: 'running' } },
  );
  t.strictSame([...(graph.nodes.find(({ id }) => id === 'latest')?.cameras ?? [])].sort(), ['hall', 'porch']);
  t.ok(
    graph.edges.some(
      ({ from, to, option, frames }) => from === 'hall' && to === 'latest' && option === 'from' && frames,
    ),
  );

  const picture = (await worker<Picture>('/api/nodes/hall/capture', { body: { camera: 'hall' } })).json;
  t.match(picture, { camera: 'hall', type: 'image/jpeg', data: /^data:image\/jpeg;base64,/ });

  const state = camd.status('hall').state;
  const restarted = await worker('/api/nodes/hall/restart', { body: {} });
  t.equal(restarted.status, 200, restarted.text);
  t.ok(camd.status('hall').state.since >= state.since);
  t.ok(
    (await worker<LogLine[]>('/api/nodes/console/log')).json.some(
      ({ message }) => message === 'console: a node is restarted',
    ),
  );
  t.ok(
    (await worker<{ series: { name: string }[] }>('/api/nodes/hall/counters')).json.series.some(
      ({ name }) => name === 'framesOut',
    ),
  );
  t.equal((await worker('/api/nodes/none')).status, 404);
});

t.test('a user with a camera list sees and operates only those cameras', async (t) => {
  const { as } = await site(t);
  const guest = await as('guest');

  const graph = (await guest<Graph>('/api/graph')).json;
  t.strictSame(
    graph.nodes.flatMap(({ cameras }) => cameras),
    ['hall', 'hall'],
  );
  t.strictSame(
    (await guest<{ id: string }[]>('/api/cameras')).json.map(({ id }) => id),
    ['hall'],
  );
  t.strictSame((await guest<NodeDetail>('/api/nodes/porch')).json.options, []);
  t.equal((await guest('/api/nodes/porch/counters')).status, 403);
  t.equal((await guest('/api/nodes/porch/restart', { body: {} })).status, 403);
  t.equal((await guest('/api/nodes/latest/restart', { body: {} })).status, 403);
  t.equal((await guest('/api/nodes/console/restart', { body: {} })).status, 403);
  t.equal((await guest('/api/nodes/latest/capture', { body: { camera: 'porch' } })).status, 403);
  t.equal((await guest('/api/nodes/latest/capture', { body: { camera: 'hall' } })).status, 200);
  t.equal((await guest('/api/doctor', { body: {} })).status, 403);
});

t.test('a user with a camera list sees no details of nodes of other cameras, also before their first picture', (t) => {
  const guest = { cameras: new Set(['hall']) };
  const node = (id: string, cameras: readonly string[], frames: boolean, provides: 'frames' | 'server' = 'frames') => ({
    ...{ id, cameras, provides: [provides] },
    references: frames ? [{ option: 'from', to: ['hall'], frames }] : [],
  });
  const facts = (item: ReturnType<typeof node>) => [isPartlyHidden(guest, item), isHiddenFrom(guest, item)];

  t.same(facts(node('source-7', ['porch'], false)), [true, true]);
  t.same(facts(node('source-8', [], false)), [true, true], 'a source that has not connected yet');
  t.same(facts(node('hall', [], false)), [false, false]);
  t.same(facts(node('latest', ['hall', 'porch'], true)), [true, false]);
  t.same(facts(node('latest', ['hall'], true)), [false, false]);
  t.same(facts(node('latest', [], true)), [false, false]);
  t.same(facts(node('web', [], false, 'server')), [false, false]);
  t.same([isPartlyHidden({ cameras: undefined }, node('source-7', ['porch'], false))], [false]);
  t.end();
});

/** A WebSocket with the session of a user, and its messages. */
async function channel(origin: string, user: string, path: string) {
  const { headers } = await requestConsole(origin, '/api/session', { body: { user, password: PASSWORD } });
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const socket = new WebSocket(new URL(path, origin.replace('http', 'ws')), { headers: { cookie } });
  const texts: string[] = [];
  const pictures: Buffer[] = [];
  let wake = (): void => {};
  socket.on('message', (data, isBinary) => {
    if (isBinary) pictures.push(data as Buffer);
    else texts.push(String(data));
    wake();
  });
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  return {
    socket,
    texts,
    pictures,
    closed,
    cookie,
    async until(fits: () => boolean): Promise<void> {
      while (!fits()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

t.test('a tap sends pictures one by one, and never those of another camera', async (t) => {
  const { origin } = await site(t);
  const own = await channel(origin, 'guest', '/api/tap/latest');
  t.teardown(() => own.socket.terminate());

  for (let count = 1; count <= 5; count++) {
    await own.until(() => own.pictures.length === count);
    own.socket.send(TAP_NEXT);
  }
  const heads = own.texts.map((text) => JSON.parse(text) as TapHead);
  t.strictSame(new Set(heads.map(({ camera }) => camera)), new Set(['hall']));
  t.equal(own.pictures[0]?.length, heads[0]?.size);

  const other = await channel(origin, 'guest', '/api/tap/latest?camera=porch');
  t.equal(await other.closed, CLOSED.forbidden);
  const none = await channel(origin, 'guest', '/api/tap/console');
  t.equal(await none.closed, CLOSED.gone);
  const misused = await channel(origin, 'looker', '/api/tap/latest');
  await once(misused.socket, 'open');
  misused.socket.send('more');
  t.equal(await misused.closed, CLOSED.misused);
});

t.test(
  'status figures come at once, with log lines of the requested node; the end of a session closes the WebSocket',
  async (t) => {
    const { origin, as } = await site(t);
    const live = await channel(origin, 'worker', '/api/live');
    t.teardown(() => live.socket.terminate());
    const events = (): LiveEvent[] => live.texts.map((text) => JSON.parse(text) as LiveEvent);

    await live.until(() => events().some(({ is }) => is === 'status'));
    live.socket.send(JSON.stringify({ log: 'console' }));
    const worker = await as('worker');
    await live.until(() => events().filter(({ is }) => is === 'status').length > 1);
    await worker('/api/nodes/hall/restart', { body: {} });
    await live.until(() =>
      events().some((event) => event.is === 'log' && event.line.message === 'console: a node is restarted'),
    );

    await requestConsole(origin, '/api/session', { method: 'DELETE', headers: { cookie: live.cookie } });
    t.equal(await live.closed, CLOSED.login);
  },
);

t.test(
  'the log names the user that takes a picture, and lines about cameras outside a user’s list are not sent',
  async (t) => {
    const { origin, as } = await site(t);
    const [worker, guest] = [await as('worker'), await as('guest')];
    const live = await channel(origin, 'guest', '/api/live');
    t.teardown(() => live.socket.terminate());
    const lines = (): LogLine[] =>
      live.texts
        .map((text) => JSON.parse(text) as LiveEvent)
        .flatMap((event) =>
          event.is === 'log' && event.line.message === 'console: a picture is taken' ? event.line : [],
        );
    const statuses = () => live.texts.filter((text) => text.includes('"status"')).length;
    const takenBy = async (ask: typeof guest): Promise<unknown[]> =>
      (await ask<LogLine[]>('/api/nodes/console/log')).json
        .filter(({ message }) => message === 'console: a picture is taken')
        .map(({ fields }) => fields.camera);

    await live.until(() => statuses() > 0);
    live.socket.send(JSON.stringify({ log: 'console' }));
    const before = statuses();
    await live.until(() => statuses() > before);
    await worker('/api/nodes/porch/capture', { body: { camera: 'porch' } });
    await worker('/api/nodes/hall/capture', { body: { camera: 'hall' } });
    await live.until(() => lines().length > 0);

    t.match(lines()[0]?.fields, { camera: 'hall', by: /^worker from / });
    t.same(await takenBy(worker), ['porch', 'hall']);
    t.same(await takenBy(guest), ['hall']);
    t.same((await guest('/api/nodes/porch/log')).json, []);
  },
);

t.test('pages of another site get no WebSocket, and those beyond the limit are closed', async (t) => {
  const { origin } = await site(t);
  const { headers } = await requestConsole(origin, '/api/session', { body: { user: 'looker', password: PASSWORD } });
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const url = new URL('/api/live', origin.replace('http', 'ws'));
  const status = (more: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { headers: { cookie, ...more } });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('open', () => resolve(101));
      socket.on('error', () => {});
      t.teardown(() => socket.terminate());
    });

  t.equal(await status({ origin: 'https://evil.example' }), 403);
  t.equal(await status({ host: 'rebound.example' }), 421);
  t.equal(await status({ 'sec-fetch-site': 'same-site' }), 403);
  t.equal(await status({ origin }), 101);
  for (let count = 1; count < MAX_CHANNELS; count++) await status({});
  const last = new WebSocket(url, { headers: { cookie } });
  t.teardown(() => last.terminate());
  const [code] = await once(last, 'close');
  t.equal(code, CLOSED.full);
});

t.test('counters are kept for an hour, per second, and within their limit', (t) => {
  const history = createCounterHistory();
  const status = (id: string, framesOut: number, metrics: Record<string, number> = {}) => ({
    ...{ id, use: 'a/b', state: { is: 'running', since: 0 } as const, framesIn: 0, framesOut, bytesOut: 0 },
    ...{ rate: 1, skipped: 0, refused: 0, restarts: 0, reserved: 0, metrics },
  });

  for (let step = 0; step <= SAMPLES + 5; step++)
    history.sample([status('hall', step * 20, { viewers: step })], step * STEP_MS);
  const { series, from } = history.of('hall');
  t.equal(from, 6 * STEP_MS);
  t.equal(series.find(({ name }) => name === 'framesOut')?.values.length, SAMPLES);
  t.strictSame(new Set(series.find(({ name }) => name === 'framesOut')?.values), new Set([2]));
  t.equal(series.find(({ name }) => name === 'viewers')?.values.at(-1), SAMPLES + 5);

  const many = createCounterHistory();
  many.sample(
    Array.from({ length: MAX_SERIES }, (_, index) => status(`n${index}`, 0)),
    0,
  );
  t.strictSame(many.of(`n${MAX_SERIES - 1}`).series, []);
  t.ok(many.of('n0').series.length > 0);
  t.end();
});
