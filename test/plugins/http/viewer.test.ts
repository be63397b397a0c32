// http/viewer on its WebSocket: the messages, their recipients and their times. viewer-page.test.ts tests the page.

import t from 'tap';
import viewer from '../../../plugins/http/viewer/index.ts';
import { findLinks } from '../../../plugins/http/viewer/links.ts';
import { createWindow } from '../../../plugins/http/viewer/window.ts';
import type { HttpViewerOptions } from '../../../schemas/http/viewer.ts';
import type { Part } from '../../support/graph.ts';
import { cachePart, serverPart, site, snapshotPart, sourcePart } from '../../support/site.ts';
import { until } from '../../support/until.ts';
import { viewerPage } from '../../support/viewer-page.ts';

const OPTIONS = { path: '/', title: 'Cameras', max_viewers: 256, stall: 30_000, reduce: 'slow' } as const;
const viewerPart = (options: Partial<HttpViewerOptions> = {}): Part => ({
  use: 'http/viewer',
  options: { ...OPTIONS, ...options },
  refs: { on: ['web'], from: ['latest'] },
  start: (node) => viewer.start(node as never),
});

t.test('a page receives its cameras, and gets pictures once it reports those on its screen', async (t) => {
  const camd = await site(t, { viewer: viewerPart(), snapshot: snapshotPart() });
  camd.shoot('first');
  const page = viewerPage(t, camd.origin());
  await page.number('camera');

  t.match(page.events[0], {
    is: 'cameras',
    title: 'Cameras',
    links: { snapshot: './snapshot.jpg' },
    cameras: [{ id: 'camera', name: 'camera', state: 'live' }],
  });
  t.equal(page.pictures.length, 0, 'nothing is sent unrequested');

  await page.watch('camera');
  const picture = await page.picture(1);

  t.equal(picture.data.toString(), 'first');
  t.equal(picture.type, 'image/jpeg');
  t.ok(picture.sent >= picture.time, 'both on the clock of the server');
});

t.test('an unconfirmed picture delays the next one, and then the newest is sent', async (t) => {
  const camd = await site(t, { viewer: viewerPart() });
  camd.shoot('first');
  const page = viewerPage(t, camd.origin());
  await page.watch('camera');
  const first = await page.picture(1);

  for (let n = 0; n < 20; n++) camd.shoot(`skipped ${n}`);
  camd.shoot('newest');
  const other = viewerPage(t, camd.origin());
  await other.watch('camera');
  t.equal((await other.picture(1)).data.toString(), 'newest', 'others are not delayed');
  t.equal(page.pictures.length, 1, 'one picture is in flight, and no more');

  page.ack(first);
  t.equal((await page.picture(2)).data.toString(), 'newest', 'pictures in between are never sent');
  page.ack(first);
  camd.shoot('held');
  await other.number('camera');
  t.equal(page.pictures.length, 2, 'a second confirmation of the same picture has no effect');
});

t.test('a picture older than the one shown is not sent', async (t) => {
  const camd = await site(t, { viewer: viewerPart() });
  const old = camd.shoot('old');
  const page = viewerPage(t, camd.origin(), { eager: true });
  await page.watch('camera');
  await page.picture(1);
  const newest = camd.shoot('newest');
  await page.picture(2);

  for (const frame of [old, newest]) await camd.source().output.emit(frame);
  camd.shoot('next');
  const third = await page.picture(3);

  t.equal(third.data.toString(), 'next');
});

t.test('many cameras on a slow connection take turns, and each shows its newest picture', async (t) => {
  const names = ['a', 'b', 'c', 'd'];
  const camd = await site(t, { viewer: viewerPart() });
  const big = Buffer.alloc(200_000, 0x20);
  for (const name of names) camd.shoot(big, name);
  const page = viewerPage(t, camd.origin());
  await page.watch(...names);

  const first = await page.picture(1);
  t.equal(page.pictures.length, 1, 'one large picture fills the window of an unmeasured connection');
  for (const name of names) camd.shoot(Buffer.concat([Buffer.from(`new ${name}`), big]), name);
  page.ack(first);
  const seen: string[] = [];
  for (let count = 2; count <= 5; count++) {
    const picture = await page.picture(count);
    seen.push(picture.data.subarray(0, 5).toString());
    page.ack(picture);
  }

  t.same(seen, ['new b', 'new c', 'new d', 'new a'], 'the camera that waited longest is first');
});

t.test('the window grows on a fast connection, shrinks on a slow one and always permits one picture', (t) => {
  const link = createWindow();
  const start = link.size();

  for (let n = 0; n < 50; n++) {
    link.sent(200_000);
    link.acknowledged(200_000, 10);
  }
  const quick = link.size();
  for (let n = 0; n < 50; n++) {
    link.sent(200_000);
    link.acknowledged(200_000, 1000);
  }

  t.ok(quick > 2 * start);
  t.equal(link.size(), 0);
  t.ok(link.isOpen(), 'nothing is in flight, so a picture may be sent');
  link.sent(1);
  t.notOk(link.isOpen());
  t.end();
});

t.test('cameras on demand run while they are on a screen and stop when the page is hidden or closed', async (t) => {
  let running = 0;
  const camd = await site(t, {
    camera: sourcePart(({ output }) => {
      output.announce('camera');
      output.answer('capture', () => Promise.reject(new Error('not now')));
      output.onWant(() => {
        running++;
        return () => void running--;
      });
    }),
    viewer: viewerPart(),
  });
  const page = viewerPage(t, camd.origin());
  await page.number('camera');
  t.equal(page.state('camera'), 'idle');
  t.equal(running, 0, 'an open page alone starts no camera');

  await page.watch('camera');
  await until(() => running === 1, 'the camera to run');
  await until(() => page.state('camera') === 'waiting', 'the state waiting');
  await page.watch();
  await until(() => running === 0, 'the camera to stop for a hidden page');
  await until(() => page.state('camera') === 'idle', 'the state idle');

  await page.watch('camera');
  await until(() => running === 1, 'the camera to run again');
  page.socket.terminate();
  await until(() => running === 0, 'the camera to stop for a closed page');
});

t.test('a silent camera is reported as offline, and as live again with its next picture', async (t) => {
  const camd = await site(t, { latest: cachePart(['camera'], 300), viewer: viewerPart({ stall: 30_000 }) });
  camd.shoot();
  const page = viewerPage(t, camd.origin(), { eager: true });
  await page.watch('camera');

  await until(() => page.state('camera') === 'offline', 'the camera to be offline');
  camd.shoot('back');
  await until(() => page.state('camera') === 'live', 'the camera to be live');

  t.equal((await page.picture(2)).data.toString(), 'back');
});

t.test('a page that confirms nothing for `stall` is disconnected', async (t) => {
  const camd = await site(t, { viewer: viewerPart({ stall: 200 }) });
  camd.shoot();
  const page = viewerPage(t, camd.origin());
  await page.watch('camera');

  await page.closed;

  t.equal(camd.metrics('viewer').viewers_stalled_total, 1);
  await until(() => camd.metrics('viewer').viewers === 0, 'all viewers to leave');
  t.equal(camd.metrics('viewer').in_flight_bytes, 0);
});

t.test('a malformed or overlong message closes the connection', async (t) => {
  const camd = await site(t, { viewer: viewerPart() });
  const messages: [string | Buffer, number][] = [
    ['watch me', 1008],
    ['{"watch":["camera"]}', 1008],
    [Buffer.from('abc'), 1008],
    [Buffer.from('ffffffff00000000', 'hex'), 1008],
    [' '.repeat(70_000), 1009],
  ];

  for (const [message, code] of messages) {
    const page = viewerPage(t, camd.origin());
    await page.number('camera');
    page.socket.send(message);
    t.equal(await page.closed, code, String(message).slice(0, 30));
  }
});

t.test('a page beyond the limit receives a readable reason', async (t) => {
  const camd = await site(t, { viewer: viewerPart({ max_viewers: 1 }) });
  const first = viewerPage(t, camd.origin());
  await first.number('camera');

  const second = viewerPage(t, camd.origin());

  t.equal(await second.closed, 1013);
  t.equal(camd.metrics('viewer').viewers_refused_total, 1);
});

t.test('max_fps limits the pictures of a camera for one viewer', async (t) => {
  const camd = await site(t, { viewer: viewerPart({ max_fps: 0.01 }) });
  camd.shoot('first');
  const page = viewerPage(t, camd.origin(), { eager: true });
  await page.watch('camera');
  await page.picture(1);

  for (let n = 0; n < 5; n++) camd.shoot('more');
  await until(() => (camd.metrics('viewer').pictures_held_total ?? 0) >= 5, 'the pictures to be delayed');

  t.equal(page.pictures.length, 1);
});

t.test('pages of another origin and visitors without a password are refused', async (t) => {
  const auth = { basic: { users: { me: 'secret' } }, public: [] };
  const camd = await site(t, { web: serverPart({ auth }), viewer: viewerPart() });
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  const refused = async (headers: Record<string, string>): Promise<number> => {
    const page = viewerPage(t, camd.origin(), { headers });
    return new Promise((resolve) =>
      page.socket.on('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode)),
    );
  };

  t.equal(await refused({}), 401);
  t.equal(await refused({ authorization, origin: 'http://elsewhere.example' }), 403);
  t.equal((await fetch(`${camd.origin()}/`)).status, 401);
  await viewerPage(t, camd.origin(), { headers: { authorization, origin: camd.origin() } }).number('camera');
});

t.test('a reload that changes the title keeps the pages connected and notifies them', async (t) => {
  const camd = await site(t, { viewer: viewerPart() });
  camd.shoot('first');
  const page = viewerPage(t, camd.origin(), { eager: true });
  await page.watch('camera');
  await page.picture(1);

  await camd.move({ ...camd.parts, viewer: viewerPart({ title: 'Workshop' }) });
  await until(() => page.events.some((event) => event.is === 'cameras' && event.title === 'Workshop'), 'the new title');
  camd.shoot('second');

  t.equal((await page.picture(2)).data.toString(), 'second');
  await camd.move({ ...camd.parts, viewer: viewerPart({ path: '/wall' }) });
  t.equal(await page.closed, 1001, 'the old path is no longer served');
});

t.test('the page is complete, cached by its ETag and loads nothing foreign, also below a path', async (t) => {
  const camd = await site(t, { viewer: viewerPart({ path: '/site/wall', title: 'A <b> & "c"' }) });
  const get = (path: string, headers = {}) => fetch(`${camd.origin()}${path}`, { headers });

  const page = await get('/site/wall');
  const text = await page.text();
  t.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/);
  t.notMatch(text, /<script>|style=|https?:\/\//, 'no inline script or style, nothing from elsewhere');
  t.match(text, '<title>A &#60;b&#62; &#38; &#34;c&#34;</title>');
  t.match(text, 'src="wall/viewer.js"');
  t.match(await (await get('/site/wall/')).text(), 'src="viewer.js"');
  t.match(await (await get('/site/wall/camera')).text(), 'src="viewer.js"');
  t.equal((await get('/site/wall/stranger')).status, 404);
  for (const name of ['viewer.js', 'viewer.css', 'icon.svg']) {
    const file = await get(`/site/wall/${name}`);
    t.equal(file.status, 200, name);
    t.ok((await file.text()).length < 64_000, 'small');
    const again = await get(`/site/wall/${name}`, { 'if-none-match': file.headers.get('etag') });
    t.equal(again.status, 304);
  }
});

t.test('the viewer links snapshots and streams of the same server, at any path', (t) => {
  const paths = ['/', '/health', '/{camera}', '/{camera}/snapshot.jpg', '/{camera}/stream.mjpg', '/{camera}/{id}.jpg'];

  t.same(findLinks(paths, '/', false), { snapshot: './{camera}/snapshot.jpg', stream: './{camera}/stream.mjpg' });
  t.same(findLinks(paths, '/a/b', false).snapshot, '../../{camera}/snapshot.jpg');
  t.same(findLinks(['/snapshot.jpg'], '/', false), {}, 'a path without {camera} links none of several');
  t.same(findLinks(['/snapshot.jpg'], '/', true), { snapshot: './snapshot.jpg' });
  t.same(findLinks(['/{camera}', '/health'], '/', true), {});
  const withHistory = ['/history', '/history/history.js', '/other/history.json'];
  t.same(findLinks(withHistory, '/wall', false), { history: '../history?camera={camera}' });
  t.same(findLinks(['/s', '/s/{camera}/state', '/s/{camera}/capture'], '/', false), {
    capture: './s/{camera}/capture',
    state: './s/{camera}/state',
    screens: './s',
  });
  t.end();
});

t.test('the log contains the URL of the viewer', async (t) => {
  const camd = await site(t, { viewer: viewerPart() });

  const line = await until(() => camd.lines.find(({ msg }) => msg === 'serving the viewer'), 'the line');

  t.equal((await fetch(String(line.url))).status, 200);
});
