// Cameras that a reload took away are gone everywhere: lists, pictures, viewers and uploads; what stays is not touched.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { dedent } from './support/dedent.ts';
import { run } from './support/harness.ts';
import { until } from './support/until.ts';

const profile = (cameras: string, from: string, more = ''): string => dedent`
  camd: 1
  control: false
  pipeline:
    ${cameras}
    latest: { use: cache/latest, from: ${from} }
    web: { use: http/server, listen: 127.0.0.1:0 }
    stream: { use: http/stream, on: web, from: latest, path: /stream }
    each: { use: http/stream, on: web, from: latest, path: '/each/{camera}' }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /now.jpg }
    ${more}
`;
const camera = (id: string): string => `${id}: { use: source/test-pattern, size: 64x48, fps: 20 }`;

/** Reads a stream until it ends. */
async function watch(url: string): Promise<{ readonly bytes: () => number; readonly ended: Promise<void> }> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  let bytes = 0;
  const ended = (async () => {
    try {
      const reader = answer.body?.getReader();
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) bytes += next.value.length;
    } catch {
      // Cut instead of ended: an end it is.
    }
  })();
  return { bytes: () => bytes, ended };
}

t.test('a camera that is renamed behind a cache is gone at once under its old name', async (t) => {
  const camd = await run(t, profile(camera('cam'), 'cam'));
  const { origin } = camd.port('web', 'server');
  await until(() => camd.port('latest', 'stills').latest('cam'), 'a picture of cam');
  const viewer = await watch(`${origin}/stream`);

  const result = await camd.reload(profile(camera('kitchen'), 'kitchen'));
  t.ok(result.ok);
  t.same(camd.port('latest', 'stills').cameras(), ['kitchen']);
  t.equal(camd.port('latest', 'stills').latest('cam'), undefined);
  await viewer.ended;
  await until(() => camd.port('latest', 'stills').latest('kitchen'), 'a picture of kitchen');

  t.equal((await fetch(`${origin}/now.jpg`)).status, 200);
  t.equal((await fetch(`${origin}/each/cam`)).status, 404);
  const again = await watch(`${origin}/stream`);
  await until(() => again.bytes() > 5000, 'pictures of kitchen on the same URL');
  await camd.stop();
  await again.ended;
});

t.test('a cache that gets another name together with its camera has forgotten the old one', async (t) => {
  const camd = await run(t, profile(camera('cam'), 'cam'));
  await until(() => camd.port('latest', 'stills').latest('cam'), 'a picture of cam');
  const renamed = profile(camera('kitchen'), 'kitchen')
    .replaceAll('latest:', 'recent:')
    .replaceAll('from: latest', 'from: recent');

  t.ok((await camd.reload(renamed)).ok);

  t.equal(camd.port('recent', 'stills').latest('cam'), undefined);
  t.same(camd.port('recent', 'stills').cameras(), ['kitchen']);
  await until(() => camd.port('recent', 'stills').latest('kitchen'), 'a picture of kitchen');
});

t.test('the viewers of cameras that stay are not touched', async (t) => {
  const camd = await run(t, profile(`${camera('a')}\n    ${camera('b')}`, '[a, b]'));
  const { origin } = camd.port('web', 'server');
  await until(() => camd.port('latest', 'stills').latest('a') && camd.port('latest', 'stills').latest('b'), 'both');
  const [stays, leaves] = [await watch(`${origin}/each/a`), await watch(`${origin}/each/b`)];
  let isCut = false;
  void stays.ended.then(() => {
    isCut = true;
  });

  t.ok((await camd.reload(profile(camera('a'), 'a'))).ok);
  await leaves.ended;
  const before = stays.bytes();
  await until(() => stays.bytes() > before + 5000, 'further pictures of a');

  t.notOk(isCut);
  await camd.stop();
});

t.test('a refused reload takes no camera away', async (t) => {
  const camd = await run(t, profile(camera('cam'), 'cam'));
  await until(() => camd.port('latest', 'stills').latest('cam'), 'a picture of cam');

  const broken =
    'broken: { use: registry/http, url: "http://127.0.0.1:1/{camera}" }\n    bad: { use: http/server, listen: 203.0.113.1:9 }';
  const result = await camd.reload(profile(camera('kitchen'), 'kitchen', broken));

  t.notOk(result.ok);
  t.same(camd.port('latest', 'stills').cameras(), ['cam']);
  t.ok(camd.port('latest', 'stills').latest('cam'));
});

t.test('links that turn round in one reload leave the graph at work', async (t) => {
  const graph = (latest: string, small: string, source: string): string => dedent`
    camd: 1
    control: false
    pipeline:
      ${camera('cam')}
      latest: { use: cache/latest, from: ${latest} }
      small: { use: transform/image, from: ${small}, width: 32 }
      view: { use: cache/latest, from: ${source} }
      web: { use: http/server, listen: 127.0.0.1:0 }
      page: { use: http/viewer, on: web, from: view, path: /page }
      snapshot: { use: http/snapshot, on: web, from: view, path: /now.jpg }
  `;
  const camd = await run(t, graph('cam', 'latest', 'small'));
  const { origin } = camd.port('web', 'server');
  await until(() => camd.port('view', 'stills').latest('cam'), 'a picture');

  for (let round = 0; round < 3; round++) {
    t.ok((await camd.reload(graph('small', 'cam', 'latest'))).ok);
    t.equal((await fetch(`${origin}/now.jpg`)).status, 200);
    t.ok((await camd.reload(graph('cam', 'latest', 'small'))).ok);
    t.equal((await fetch(`${origin}/now.jpg`)).status, 200);
  }
  t.same(camd.port('view', 'stills').cameras(), ['cam']);
});

t.test('one URL shows one camera: viewers end when the profile names another one', async (t) => {
  const both = `${camera('a')}\n    ${camera('b')}`;
  const fixed = (id: string): string =>
    `fixed: { use: http/stream, on: web, from: latest, path: /fixed, camera: ${id} }`;
  const camd = await run(t, profile(both, '[a, b]', fixed('a')));
  const { origin } = camd.port('web', 'server');
  await until(() => camd.port('latest', 'stills').latest('a'), 'a picture');
  const viewer = await watch(`${origin}/fixed`);

  t.ok((await camd.reload(profile(both, '[a, b]', fixed('b')))).ok);

  await viewer.ended;
  await camd.stop();
});

t.test('uploads of a camera that left end', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    request.resume();
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const upload = `up: { use: upload/http, from: latest, url: 'http://127.0.0.1:${port}/{camera}', every: 100ms }`;
  const camd = await run(t, profile(camera('cam'), 'cam', upload));
  await until(() => seen.includes('/cam'), 'an upload of cam');

  t.ok((await camd.reload(profile(camera('kitchen'), 'kitchen', upload))).ok);
  await until(() => seen.includes('/kitchen'), 'an upload of kitchen');
  seen.length = 0;
  await until(() => seen.length >= 10, 'further uploads');

  t.same([...new Set(seen)], ['/kitchen']);
  await camd.stop();
});
