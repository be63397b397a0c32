// camd/testing: a node between a feed and a probe, requests through it, a server that records, plugin objects that are refused.

import t from 'tap';
import { createFeed, createProbe, fakeServer, makeCapture, makeFrame, run } from '../../testing/index.ts';

const BETWEEN = `
camd: 1
pipeline:
  camera: { use: test/feed }
  between: { use: cache/latest, from: camera }
  end: { use: test/probe, from: between }
`;

t.test('frames of the feed pass a node and reach the probe with the same bytes', async (t) => {
  const feed = createFeed();
  const probe = createProbe();
  await run(t, BETWEEN, { plugins: [feed.plugin, probe.plugin] });

  await feed.send(makeCapture(1));
  await feed.send(makeCapture(2));

  t.same(probe.cameras(), ['camera']);
  t.equal(probe.frames.length, 2);
  t.ok(probe.frames[1]?.data.equals(makeFrame('camera', 2).data));
});

t.test('a frame that the probe refuses is refused to the feed', async (t) => {
  const feed = createFeed();
  const probe = createProbe(() => Promise.reject(new Error('the disk is full')));
  await run(t, BETWEEN, { plugins: [feed.plugin, probe.plugin] });

  await t.rejects(feed.send(makeCapture()), /the disk is full/);
});

t.test('wants and captures of the probe reach the feed through a node, and are released', async (t) => {
  const feed = createFeed(() => makeCapture(7));
  const probe = createProbe();
  await run(t, BETWEEN, { plugins: [feed.plugin, probe.plugin] });

  const release = probe.want('camera');
  const held = feed.wants();
  release();
  const frame = await probe.capture('camera');

  t.equal(held, 1);
  t.equal(feed.wants(), 0);
  t.equal(feed.captures(), 1);
  t.ok(probe.answers('camera'));
  t.ok(frame.data.equals(makeCapture(7).data));
});

t.test('an object that is no plugin is refused with the reason', async (t) => {
  await t.rejects(
    run(t, BETWEEN, { plugins: [{ use: 'test/feed', schema: { type: 'object' } }] }),
    /neither a function "start"/,
  );
});

t.test('the simulated server records requests with their bodies, answers, and goes away', async (t) => {
  const server = await fakeServer(t, ({ url }, number) => ({ status: url === '/no' ? 404 : 200, body: `${number}` }));

  const first = await fetch(`${server.origin}/yes?a=1`, { method: 'POST', body: 'picture' });
  const second = await fetch(`${server.origin}/no`);
  await server.close();

  t.equal(`${first.status} ${await first.text()}`, '200 1');
  t.equal(second.status, 404);
  t.same(
    server.requests.map(({ method, url, body }) => `${method} ${url} ${body}`),
    ['POST /yes?a=1 picture', 'GET /no '],
  );
  await t.rejects(fetch(server.origin));
});

t.test('a context with `after`, as node:test has it, closes what the test has started', async (t) => {
  const endings: (() => void | Promise<void>)[] = [];
  const server = await fakeServer({ after: (work) => void endings.push(work) }, () => ({}));

  for (const end of endings) await end();

  await t.rejects(fetch(server.origin));
});
