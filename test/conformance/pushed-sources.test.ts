// Built-in sources to which pictures are sent, under the conformance suite of sources of camd/testing.

import t, { type Test } from 'tap';
import { makeCapture, type SourceSetup, sourceCases } from '../../testing/index.ts';
import { conform } from '../support/cases.ts';
import { freePort } from '../support/free-port.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';
import { hello, pushCamera, SECRET } from '../support/push-camera.ts';

t.setTimeout(240_000);

const EVERY_MS = 50;

/** Calls `send` with a new picture again and again until the test ends; what fails is tried again. */
function repeat(t: Test, send: (picture: Buffer) => void | Promise<void>): void {
  let seed = 0;
  let isBusy = false;
  const timer = setInterval(async () => {
    if (isBusy) return;
    isBusy = true;
    await Promise.resolve(send(makeCapture(++seed).data)).catch(() => {});
    isBusy = false;
  }, EVERY_MS);
  t.teardown(() => clearInterval(timer));
}

const text = (head: string, node: string): string => `camd: 1\npipeline:\n${head}${node}`;

conform(t, {
  'source/http': sourceCases<Test>(async (t): Promise<SourceSetup> => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/in`;
    const web = `  web: { use: http/server, listen: '127.0.0.1:${port}' }\n`;
    repeat(t, async (picture) => {
      const headers = { 'content-type': 'image/jpeg', connection: 'close' };
      await (await fetch(url, { method: 'POST', headers, body: new Uint8Array(picture) })).arrayBuffer();
    });
    const node = '  cam: { use: source/http, on: web, path: /in, camera: cam, anyone: true }\n';
    return { id: 'cam', yaml: text(web, node), without: text(web, '') };
  }),

  'source/mqtt': sourceCases<Test>(async (t): Promise<SourceSetup> => {
    const broker = await mosquitto(t);
    const client = await outsider(t, broker.url);
    repeat(t, async (picture) => void (await client.publishAsync('in', picture, { qos: 0 })));
    const via = (port: number): string => `  broker: { use: mqtt/client, url: 'mqtt://127.0.0.1:${port}' }\n`;
    const node = '  cam: { use: source/mqtt, via: broker, topic: in, camera: cam, qos: 0 }\n';
    return {
      id: 'cam',
      yaml: text(via(broker.port), node),
      without: text(via(broker.port), ''),
      missing: text(via(await freePort()), node),
    };
  }),

  'source/websocket': sourceCases<Test>(async (t): Promise<SourceSetup> => {
    const port = await freePort();
    const web = `  cameras: { use: registry/list, cameras: ['7'], token: derived, secret: ${SECRET} }
  web: { use: http/server, listen: '127.0.0.1:${port}' }\n`;
    let camera: Awaited<ReturnType<typeof pushCamera>> | undefined;
    repeat(t, async (picture) => {
      if (camera?.socket.readyState !== 1) {
        camera = await pushCamera(t, `http://127.0.0.1:${port}`);
        camera.send(...hello(7));
      }
      camera.picture(picture);
    });
    const node = '  cam: { use: source/websocket, on: web, only: cameras }\n';
    return { id: 'cam', camera: '7', yaml: text(web, node), without: text(web, '') };
  }),
});
