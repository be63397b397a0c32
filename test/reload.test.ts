// Reloads that are invalid, move resources, come too often or fail: the running nodes are not disturbed.

import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { freePort } from './support/free-port.ts';
import { type Ending, type Running, run } from './support/harness.ts';
import { until } from './support/until.ts';

const BASE = dedent`
  camd: 1
  pipeline:
    gate:
      use: source/test-pattern
      fps: 20
      size: 160x120
    yard:
      use: source/tcp
      connect: 127.0.0.1:9
      timeout: 5s
      parse: mjpeg
    latest:
      use: cache/latest
      from: [gate, yard]
      stale_after: 15s
      max_cameras: 100
    web:
      use: http/server
      listen: 127.0.0.1:0
      max_body: 1MiB
      header_timeout: 10s
    stream:
      use: http/stream
      on: web
      from: latest
      path: /{camera}/stream.mjpg
      stall: 30s
    snapshot:
      use: http/snapshot
      on: web
      from: latest
      path: /{camera}/snapshot.jpg
      offline: last
`;

/** File descriptors that a camd may have in one of the tests. */
const LIMIT = 64;

/** Each option of the profile, wrong in five ways: 5 × 21 profiles. */
function brokenProfiles(): string[] {
  const lines = BASE.split('\n');
  return lines.flatMap((line, index) => {
    const match = /^( {4})(\w+): (.+)$/.exec(line);
    if (!match) return [];
    const [, indent, key, value] = match;
    const wrong = [
      `${indent}${key}x: ${value}`,
      `${indent}${key}: { nested: [wrong] }`,
      `${indent}${key}: \${env:NOT_SET_ANYWHERE}`,
      `${indent}${key}: "${value}`,
      `${indent}${key}: ${value}\n${indent}${key}: ${value}`,
    ];
    return wrong.map((text) => lines.with(index, text).join('\n'));
  });
}

const origin = (camd: Running, id = 'web'): string => camd.port(id, 'server').origin;

/** A viewer of a stream that counts received bytes and notices a cut. */
function watch(t: Ending, camd: Running, path: string) {
  const socket = connect(Number(new URL(origin(camd)).port), '127.0.0.1');
  t.teardown(() => void socket.destroy());
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  socket.resume();
  let cut = false;
  socket.on('close', () => {
    cut = true;
  });
  return { bytes: () => socket.bytesRead, isCut: () => cut };
}

t.test('a hundred broken profiles disturb nothing, and each error has its position', async (t) => {
  const camd = await run(t, BASE);
  await camd.state('yard', 'degraded');
  const before = camd.daemon.view.nodes().map(({ id, state }) => [id, state.since]);
  const viewer = watch(t, camd, '/gate/stream.mjpg');
  const broken = brokenProfiles();
  t.ok(broken.length >= 100, `${broken.length} profiles`);

  for (const yaml of broken) {
    const result = await camd.reload(yaml);
    if (result.ok || !result.reading) return t.fail('a broken profile was taken', { yaml });
    const errors = result.reading.problems.filter(({ severity }) => severity === 'error');
    const placed = errors.every(
      ({ place }) => place.line > 0 && place.column > 0 && place.file.endsWith('profile.yaml'),
    );
    if (errors.length === 0 || !placed) t.fail('an error without a place', { yaml, errors });
  }

  t.same(
    camd.daemon.view.nodes().map(({ id, state }) => [id, state.since]),
    before,
  );
  t.notOk(viewer.isCut());
  t.equal((await fetch(`${origin(camd)}/gate/snapshot.jpg`)).status, 200);
  const seen = viewer.bytes();
  await until(() => viewer.bytes() > seen, 'the stream to continue');
});

t.test('a stream whose path stays is not cut when every node behind it gets another name', async (t) => {
  const named = (suffix: string): string => dedent`
    camd: 1
    pipeline:
      camera: { use: source/test-pattern, fps: 20, size: 64x48 }
      latest${suffix}: { use: cache/latest, from: camera }
      web${suffix}: { use: http/server, listen: '127.0.0.1:0' }
      stream${suffix}: { use: http/stream, on: web${suffix}, from: latest${suffix} }
  `;
  const camd = await run(t, named(''));
  const viewer = watch(t, camd, '/stream.mjpg');
  const flows = async (): Promise<void> => {
    const seen = viewer.bytes();
    await until(() => viewer.isCut() || viewer.bytes() > seen + 5000, 'further frames');
  };
  await flows();

  for (const suffix of ['-2', '-3', '']) {
    const result = await camd.reload(named(suffix));
    t.match(result, { ok: true, change: { added: { length: 3 }, removed: { length: 3 }, kept: ['camera'] } });
    await flows();
    t.notOk(viewer.isCut(), `with the names ${suffix}`);
  }
});

t.test('two servers swap their ports', async (t) => {
  const [one, two] = [await freePort(), await freePort()];
  const profile = (left: number, right: number): string => dedent`
    camd: 1
    pipeline:
      gate: { use: source/test-pattern, size: 160x120 }
      latest: { use: cache/latest, from: gate }
      left: { use: http/server, listen: '127.0.0.1:${left}' }
      right: { use: http/server, listen: '127.0.0.1:${right}' }
      on_left: { use: http/snapshot, on: left, from: latest, path: /left.jpg }
      on_right: { use: http/snapshot, on: right, from: latest, path: /right.jpg }
  `;
  const camd = await run(t, profile(one, two));
  await until(() => camd.status('gate').framesOut > 0, 'a frame');
  const status = async (port: number, path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).status;
  t.same([await status(one, '/left.jpg'), await status(two, '/right.jpg')], [200, 200]);

  const result = await camd.reload(profile(two, one));

  t.ok(result.ok);
  t.same([await status(two, '/left.jpg'), await status(one, '/right.jpg')], [200, 200]);
  t.same([await status(one, '/left.jpg'), await status(two, '/right.jpg')], [404, 404]);
});

t.test('a server that opens up from loopback to every interface, and back, cuts no stream', async (t) => {
  const port = await freePort();
  const profile = (host: string): string => BASE.replace('127.0.0.1:0', `'${host}:${port}'`);
  const camd = await run(t, profile('127.0.0.1'));
  const viewer = watch(t, camd, '/gate/stream.mjpg');
  await until(() => viewer.bytes() > 1000, 'the stream');

  for (const host of ['', '127.0.0.1', '0.0.0.0']) {
    const result = await camd.reload(profile(host));
    t.ok(result.ok, `to "${host}"`);
    const seen = viewer.bytes();
    await until(() => viewer.bytes() > seen, 'the stream to continue');
    t.equal((await fetch(`http://127.0.0.1:${port}/gate/snapshot.jpg`)).status, 200);
  }
  t.notOk(viewer.isCut());
});

t.test(
  'opening up to every interface is refused with a node beside that cannot bind, and the viewer stays',
  async (t) => {
    const port = await freePort();
    const profile = (host: string): string => BASE.replace('127.0.0.1:0', `'${host}:${port}'`);
    const camd = await run(t, profile('127.0.0.1'));
    const viewer = watch(t, camd, '/gate/stream.mjpg');
    await until(() => viewer.bytes() > 1000, 'the stream');
    const occupied = createServer();
    t.teardown(() => void occupied.close());
    await new Promise<void>((resolve) => void occupied.listen(0, '127.0.0.1', resolve));
    const { port: taken } = occupied.address() as AddressInfo;
    const before = camd.daemon.view.nodes().map(({ id, state }) => [id, state.since]);

    const result = await camd.reload(`${profile('')}  second: { use: http/server, listen: '127.0.0.1:${taken}' }\n`);

    t.match(result, { ok: false, why: `another program uses 127.0.0.1:${taken}` });
    const seen = viewer.bytes();
    await until(() => viewer.isCut() || viewer.bytes() > seen + 5000, 'the stream to continue');
    t.notOk(viewer.isCut());
    t.equal((await fetch(`http://127.0.0.1:${port}/gate/snapshot.jpg`)).status, 200);
    t.same(
      camd.daemon.view
        .nodes()
        .filter(({ id }) => id !== 'web')
        .map(({ id, state }) => [id, state.since]),
      before.filter(([id]) => id !== 'web'),
    );
  },
);

t.test('a reload whose new node hangs in its start is cancelled by a newer one', async (t) => {
  const hang = `
    const schema = { type: 'object', properties: {} };
    export default { use: 'test/hang', schema, start: (node) => { node.log.info('hangs'); return new Promise(() => {}); } };
  `;
  const plain = BASE.replace('camd: 1', 'camd: 1\nplugins: [./hang.mjs]');
  const camd = await run(t, plain, { files: { 'hang.mjs': hang } });
  const hanging = camd.reload(`${plain}  hang: { use: test/hang }\n`);
  await until(() => camd.lines.some(({ msg }) => msg === 'hangs'), 'the start that hangs');

  const newer = await camd.reload(plain.replace('fps: 20', 'fps: 10'));

  t.match(await hanging, { ok: false, why: /a newer reload came/ });
  t.match(newer, { ok: true, change: { replaced: ['gate'] } });
});

t.test('a source and a node behind it swap their places', async (t) => {
  const profile = (first: string, second: string): string => dedent`
    camd: 1
    pipeline:
      ${first}: { use: source/test-pattern, fps: 20, size: 64x48, camera: gate }
      ${second}: { use: transform/image, from: ${first}, rotate: 180 }
      latest: { use: cache/latest, from: ${second} }
      web: { use: http/server, listen: '127.0.0.1:0' }
      snapshot: { use: http/snapshot, on: web, from: latest }
  `;
  const camd = await run(t, profile('left', 'right'));

  const result = await camd.reload(profile('right', 'left'));

  t.match(result, { ok: true });
  await until(async () => (await fetch(`${origin(camd)}/snapshot.jpg`)).status === 200, 'a snapshot');
  const { framesOut } = camd.status('left');
  await until(() => camd.status('left').framesOut > framesOut, 'frames behind the new source');
});

t.test('a folder that moves from one store to another is free before its new owner starts', async (t) => {
  const profile = (id: string): string => dedent`
    camd: 1
    pipeline:
      gate: { use: source/test-pattern, size: 160x120, fps: 5 }
      ${id}: { use: store/disk, from: gate, path: kept }
  `;
  const camd = await run(t, profile('first'));
  await until(() => camd.status('first').framesIn > 0, 'a frame');

  const result = await camd.reload(profile('second'));

  t.ok(result.ok && result.change.added.includes('second') && result.change.removed.includes('first'));
  await camd.state('second', 'running');
  await until(() => camd.status('second').framesIn > 0, 'a frame for the new owner');
});

t.test('when a new node cannot bind, the old graph is restored and the reason reported', async (t) => {
  const camd = await run(t, BASE);
  const port = new URL(origin(camd)).port;

  const result = await camd.reload(
    `${BASE.replace('fps: 20', 'fps: 10')}  other: { use: http/server, listen: '127.0.0.1:${port}' }\n`,
  );

  t.match(result, { ok: false, why: `another program uses 127.0.0.1:${port}` });
  t.equal(camd.daemon.profile?.nodes.get('gate')?.options.fps, 20);
  await camd.state('gate', 'running');
  const { framesOut } = camd.status('gate');
  await until(() => camd.status('gate').framesOut > framesOut, 'the old camera to continue');
  t.equal((await fetch(`${origin(camd)}/gate/snapshot.jpg`)).status, 200);
});

t.test('reloads that come while one is in progress are one more reload, which sees the newest file', async (t) => {
  const camd = await run(t, BASE);

  const results = await Promise.all([
    camd.reload(BASE.replace('fps: 20', 'fps: 11')),
    camd.reload(BASE.replace('fps: 20', 'fps: 12')),
    camd.reload(BASE.replace('fps: 20', 'fps: 13')),
  ]);

  t.ok(results.every((result) => result.ok));
  t.equal(camd.daemon.profile?.nodes.get('gate')?.options.fps, 13);
  t.ok(camd.daemon.view.reloads().count <= 2);
});

t.test('at the limit of file descriptors a reload is refused, and works when some are free again', async (t) => {
  // The silent connections stay open, however long it takes to open them.
  const base = BASE.replace('header_timeout: 10s', 'header_timeout: 10m').replace(
    'camd: 1',
    'camd: 1\ncontrol: control.sock',
  );
  const daemon = await startDaemon(t, base, {
    shell: `ulimit -n ${LIMIT}; exec "$@"`,
  });
  const port = Number(new URL(await daemon.origin('web')).port);
  const more = base.concat("  other: { use: http/server, listen: '127.0.0.1:0' }\n");
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  let looks = 0;
  // The limit applies to descriptor numbers: descriptors opened before may have higher ones.
  const inUse = () => readdirSync(`/proc/${daemon.pid}/fd`).filter((number) => Number(number) < LIMIT).length;
  // A descriptor that camd itself has for a moment is free again afterwards: they are in use when they stay so.
  await until(() => {
    looks = inUse() >= LIMIT ? looks + 1 : 0;
    if (looks === 0) sockets.push(connect(port, '127.0.0.1').on('error', () => {}));
    return looks >= 20;
  }, 'all descriptors to stay in use');
  daemon.write(more);
  daemon.signal('SIGHUP');
  const refused = await daemon.line('profile not reloaded, the old one keeps running');
  t.match(refused.why, /EMFILE|file descriptors|too many open files/i);

  for (const socket of sockets) socket.destroy();
  await until(async () => {
    const { code } = await camd(['reload', '--socket', `${daemon.folder}/control.sock`]);
    return code === 0;
  }, 'a reload that works');

  t.ok(daemon.lines.some((line) => line.msg === 'profile reloaded' && line.added === 1));
});

t.test('a wrong file at the start is exit code 78 with every problem', async (t) => {
  const daemon = await startDaemon(t, BASE.replace('fps: 20', 'fps: fast').replace('5s', '5'), { wait: false });

  t.equal(await daemon.ended, 78);
  t.match(daemon.text(), /profile\.yaml:5:\d+ +error +wrong-type/);
  t.match(daemon.text(), /profile\.yaml:10:\d+ +error +wrong-unit/);
});
