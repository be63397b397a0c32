// Mistakes that only a run shows: a stream where a picture was expected, sockets and folders that cannot be used.

import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { fakeCamera } from '../../support/fake-camera.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

function temporaryFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-first-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test(
  'the URL of a stream where a picture is expected: pictures come, and the log names the plugin for streams',
  async (t) => {
    const picture = sampleJpeg({ seed: 1 });
    const { port } = await fakeCamera(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n');
      socket.write(`--x\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
      socket.write(picture);
      socket.write('\r\n--x\r\n');
    });
    const camd = await run(
      t,
      JSON.stringify({
        camd: 1,
        pipeline: { cam: { use: 'source/http-poll', url: `http://127.0.0.1:${port}/stream`, every: '50ms' } },
      }),
    );
    const frames = collect(camd, 'cam');
    await until(() => frames.length >= 2, 'pictures');
    const logged = camd.lines.filter(({ msg }) => /the URL is that of a stream/.test(msg));
    t.equal(logged.length, 1, 'once');
    t.match(logged[0]?.msg, /source\/http-stream uses them all/);
  },
);

t.test('a unix socket that is not there, and one that a program has left behind', async (t) => {
  const folder = temporaryFolder(t);
  const left = join(folder, 'left.sock');
  const server = createServer().listen(left);
  await once(server, 'listening');
  // Closing would remove the file that a killed program leaves.
  const path = join(folder, 'kept.sock');
  renameSync(left, path);
  server.close();
  const camd = await run(
    t,
    JSON.stringify({
      camd: 1,
      pipeline: {
        none: { use: 'source/tcp', connect: `unix:${join(folder, 'none.sock')}` },
        refused: { use: 'source/tcp', connect: `unix:${path}` },
      },
    }),
  );
  const whyOf = async (id: string): Promise<string> => {
    const { state } = await camd.state(id, 'degraded');
    return state.is === 'degraded' ? state.why : '';
  };
  t.match(await whyOf('none'), /none\.sock cannot be reached: that socket does not exist/);
  t.match(await whyOf('refused'), /kept\.sock cannot be reached: nothing is listening there/);
});

t.test('folders that cannot be: below /proc, and below a file', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), 'x');
  const camd = await run(
    t,
    JSON.stringify({
      camd: 1,
      pipeline: {
        cam: { use: 'source/test-pattern' },
        proc: { use: 'store/disk', from: 'cam', path: '/proc/pictures' },
        below: { use: 'store/disk', from: 'cam', path: join(folder, 'file', 'pictures') },
      },
    }),
  );
  const saysOf = (id: string, what: RegExp): Promise<unknown> =>
    until(
      () => what.test(JSON.stringify(camd.status(id).state)),
      () => `${id} to say ${what}: ${JSON.stringify(camd.status(id).state)}`,
    );
  await saysOf(
    'proc',
    /\/proc\/pictures cannot store pictures: the folder does not exist and cannot be created; check the path/,
  );
  await saysOf('below', /cannot store pictures: a part of the path is a file and must be a folder; move the file away/);
  t.pass('both');
});
