// Refused and accepted reloads leave no trace: children, routes, the control socket, and nodes that hang while they stop.

import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { createFeed, createProbe, makeCapture } from '../testing/index.ts';
import { start } from '../testing/run.ts';
import { camd as command } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { freePort } from './support/free-port.ts';
import { type Ending, run } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { until } from './support/until.ts';

/** Ids of the children of this process that work in this folder. */
function childrenOf(folder: string): string[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return children.filter((pid) => {
    try {
      return pid !== '' && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

async function occupied(t: Ending): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

t.test('a refused change of camera: leaves the old camera served, and its program running', async (t) => {
  const port = await freePort();
  const taken = await occupied(t);
  const profile = (camera: string, more = ''): string => dedent`
    camd: 1
    pipeline:
      cam: { use: source/exec, command: [tail, -c, '+1', -f, picture.jpg], cwd: ., timeout: 1h, camera: ${camera} }
      cache: { use: cache/latest, from: cam }
      web: { use: http/server, listen: '127.0.0.1:${port}' }
      shot: { use: http/snapshot, on: web, from: cache, path: '/{camera}.jpg' }
      ${more}
`;
  const { running: camd, started } = start(t, profile('front'));
  writeFileSync(join(camd.folder, 'picture.jpg'), sampleJpeg());
  await started;
  const status = async (camera: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}/${camera}.jpg`);
    await response.arrayBuffer();
    return response.status;
  };
  await until(async () => (await status('front')) === 200, 'the first picture');
  const children = childrenOf(camd.folder);
  const nodes = camd.daemon.view.nodes().map(({ id, restarts, state }) => ({ id, restarts, is: state.is }));

  const refused = await camd.reload(profile('back', `other: { use: http/server, listen: '127.0.0.1:${taken}' }`));

  t.equal(refused.ok, false);
  t.equal(children.length, 1);
  t.same(childrenOf(camd.folder), children, 'the same child');
  t.same([await status('front'), await status('back')], [200, 404]);
  t.same(
    camd.daemon.view.nodes().map(({ id, restarts, state }) => ({ id, restarts, is: state.is })),
    nodes,
  );
  const accepted = await camd.reload(profile('back'));
  await until(async () => (await status('back')) === 200, 'the camera by its new name');
  t.equal(accepted.ok, true);
  t.equal(await status('front'), 404);
});

t.test('a changed control: moves the socket; an unusable address does not', async (t) => {
  const profile = (path: string): string => dedent`
    camd: 1
    control: ${path}
    pipeline:
      gate: { use: source/test-pattern }
`;
  const daemon = await startDaemon(t, profile('one.sock'), { files: { 'notes.txt': 'no socket' } });
  const file = (name: string): string => join(daemon.folder, name);
  const status = (): ReturnType<typeof command> => command(['status', '--config', daemon.file], { cwd: daemon.folder });
  const before = await status();

  daemon.write(profile('two.sock'));
  daemon.signal('SIGHUP');
  await daemon.line('the control socket has moved');
  const after = await status();
  const moved = [existsSync(file('one.sock')), existsSync(file('two.sock'))];
  daemon.write(profile('notes.txt'));
  daemon.signal('SIGHUP');
  await daemon.line('the control socket stays where it is');
  daemon.write(profile('two.sock'));
  const stays = await status();

  t.same([before.code, after.code, stays.code], [0, 0, 0]);
  t.same(moved, [false, true]);
  t.equal(readFileSync(file('notes.txt'), 'utf8'), 'no socket');
});

t.test('consumers that hang while a reload stops them are waited for in parallel', async (t) => {
  const feed = createFeed();
  let took = 0;
  const hang = createProbe(() => {
    took++;
    return new Promise(() => {});
  });
  const ids = ['one', 'two', 'three'];
  const sinks = ids.map((id) => `  ${id}: { use: test/probe, from: camera }\n`).join('');
  const base = 'camd: 1\npipeline:\n  camera: { use: test/feed }\n';
  const camd = await run(t, base + sinks, { plugins: [feed.plugin, hang.plugin] });
  void feed.send(makeCapture(), false);
  await until(() => took === ids.length, 'every consumer to have the frame');

  let over = false;
  const reloaded = camd.reload(base).finally(() => {
    over = true;
  });
  const together = await until(() => {
    const states = camd.daemon.view.nodes().flatMap(({ id, state }) => (ids.includes(id) ? [state.is] : []));
    return over || states.every((is) => is === 'stopping') ? { states, over } : undefined;
  }, 'all of them to be stopping');
  const { ok } = await reloaded;

  t.same(together, { states: ['stopping', 'stopping', 'stopping'], over: false });
  t.ok(ok);
  t.same(
    camd.daemon.view.nodes().map(({ id }) => id),
    ['camera'],
  );
});

t.test('a source and the store behind it exchange their ids, there and back', async (t) => {
  const profile = (source: string, store: string): string => dedent`
    camd: 1
    pipeline:
      ${source}: { use: source/test-pattern, fps: 10, size: 64x48, camera: front }
      ${store}: { use: store/disk, from: ${source}, path: ./archive }
`;
  const camd = await run(t, profile('a', 'b'));

  for (const [source, store] of [
    ['b', 'a'],
    ['a', 'b'],
  ] as const) {
    const { ok } = await camd.reload(profile(source, store));
    const before = camd.status(store).framesIn;
    await until(() => camd.status(store).framesIn > before, `${store} to store frames of ${source}`);

    t.ok(ok);
    t.same([camd.status(source).use, camd.status(store).use], ['source/test-pattern', 'store/disk']);
    t.same(await camd.port(store, 'store').cameras(), ['front']);
  }
});
