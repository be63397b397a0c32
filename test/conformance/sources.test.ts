// Built-in sources that fetch or draw pictures, under the conformance suite of sources of camd/testing.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fakeServer, sampleJpeg, sourceCases } from '../../testing/index.ts';
import { conform } from '../support/cases.ts';
import { feed } from '../support/feed.ts';
import { freePort } from '../support/free-port.ts';
import { sourceSetup } from '../support/source-setup.ts';

t.setTimeout(180_000);

const PICTURE = sampleJpeg();

/** A camera that sends parts without end, one every few milliseconds. */
async function streaming(t: Test): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=b' });
    const head = `--b\r\ncontent-type: image/jpeg\r\ncontent-length: ${PICTURE.length}\r\n\r\n`;
    const timer = setInterval(
      () => response.write(Buffer.concat([Buffer.from(head), PICTURE, Buffer.from('\r\n')])),
      20,
    );
    response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

conform(t, {
  'source/http-poll': sourceCases<Test>(async (t) => {
    const camera = await fakeServer(t, () => ({ headers: { 'content-type': 'image/jpeg' }, body: PICTURE }));
    const at = (port: number) => `source/http-poll, url: 'http://127.0.0.1:${port}/', every: 100ms`;
    return sourceSetup(at(camera.port), at(await freePort()));
  }),

  'source/http-stream': sourceCases<Test>(async (t) => {
    const at = (port: number) => `source/http-stream, url: 'http://127.0.0.1:${port}/'`;
    return sourceSetup(at(await streaming(t)), at(await freePort()));
  }),

  'source/tcp': sourceCases<Test>(async (t) => {
    const camera = await feed(t);
    const timer = setInterval(() => camera.send(PICTURE), 20);
    t.teardown(() => clearInterval(timer));
    const at = (port: number) => `source/tcp, connect: '127.0.0.1:${port}'`;
    const { onDemand: _none, ...always } = sourceSetup(at(camera.port), at(await freePort()));
    return always;
  }),

  'source/directory': sourceCases<Test>((t) => {
    const folder = mkdtempSync(join(tmpdir(), 'camd-drop-'));
    let count = 0;
    const timer = setInterval(() => {
      // As programs do that know what they are doing: written elsewhere, renamed into place.
      writeFileSync(join(folder, '.new'), PICTURE);
      renameSync(join(folder, '.new'), join(folder, `${count++}.jpg`));
    }, 50);
    t.teardown(() => {
      clearInterval(timer);
      rmSync(folder, { recursive: true, force: true });
    });
    const at = (path: string) => `source/directory, path: '${path}', after: delete, settle: 0ms`;
    const { onDemand: _none, ...always } = sourceSetup(at(folder), at(join(folder, 'nowhere')));
    return always;
  }),

  'source/test-pattern': sourceCases<Test>(() => sourceSetup('source/test-pattern, size: 64x48, fps: 20')),
});
