// http/events: new pictures as server-sent events, no closer together than requested.

import { get } from 'node:http';
import t from 'tap';
import { createViewers } from '../../../plugins/http/events/viewers.ts';
import { cameraServer } from '../../support/camera-server.ts';
import type { Ending } from '../../support/harness.ts';
import { pictureMaker } from '../../support/pictures.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);

const make = pictureMaker(2000);

function stream(t: Ending, url: string) {
  let text = '';
  const request = get(url, (response) => {
    response.on('error', () => {});
    response.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
  });
  request.on('error', () => {});
  t.teardown(() => void request.destroy());
  return {
    text: () => text,
    pictures: () =>
      [...text.matchAll(/event: image-update\ndata: data:image\/jpg;base64,(.*)\n\n/g)].map(([, data = '']) =>
        Buffer.from(data, 'base64'),
      ),
    data: () => [...text.matchAll(/event: image-update\ndata: (\{.*\})\n\n/g)].map(([, data = '']) => JSON.parse(data)),
  };
}

t.test('only new pictures are sent, byte for byte, and the newest one at once', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  camera.picture(make('first'));
  await until(() => server.metric('push', 'pictures_total') === 1, 'the first');

  const events = stream(t, `${server.origin}/camera/stream-image?cameraId=7&updateDelay=3`);
  await until(() => events.pictures().length === 1, 'the first');
  camera.picture(make('second'));
  await until(() => events.pictures().length === 2, 'the second');

  t.ok(events.pictures()[0]?.equals(make('first')) && events.pictures()[1]?.equals(make('second')));
});

t.test('pictures come at least updateDelay apart, at least 50 ms, and one second by default', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  const streams = ['&updateDelay=3', '&updateDelay=400', '', '&updateDelay=nonsense'].map((delay) =>
    stream(t, `${server.origin}/stream-image?cameraId=7${delay}`),
  );
  await until(() => server.metric('events', 'viewers') === 4, 'four viewers');

  let n = 0;
  const started = performance.now();
  const pushing = setInterval(() => camera.picture(make(`${n++}`)), 5);
  await until(() => (streams[2]?.pictures().length ?? 0) >= 3, 'three pictures, a second apart');
  clearInterval(pushing);
  const took = performance.now() - started;
  const counts = streams.map((stream) => stream.pictures().length);

  t.ok((counts[0] ?? 0) <= took / 50 + 2, `${counts[0]} in ${took} ms`);
  t.ok((counts[1] ?? 0) <= took / 400 + 2, `${counts[1]} in ${took} ms`);
  t.ok((counts[3] ?? 0) <= took / 1000 + 2);
  t.ok((counts[0] ?? 0) > (counts[1] ?? 0) && (counts[1] ?? 0) > (counts[2] ?? 0), `${counts}`);
});

t.test('the light mode sends the URL of the picture', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  const events = stream(t, `${server.origin}/stream-image?cameraId=7&mode=light`);
  await until(() => server.metric('events', 'viewers') === 1, 'the viewer');
  camera.picture(make('first'));
  await until(() => events.data().length === 1, 'an event');

  const [{ camera: id, url, seq, time }] = events.data();
  t.equal(id, '7');
  t.ok(Number.isInteger(seq) && Math.abs(time - Date.now()) < 60_000);
  const picture = await fetch(new URL(url, `${server.origin}/stream-image`));
  t.ok(Buffer.from(await picture.arrayBuffer()).equals(make('first')));
});

t.test('a comment keeps a silent stream open, and a viewer that reads nothing is disconnected', (t) => {
  let now = 0;
  const written: string[] = [];
  let takes = true;
  let destroyed = false;
  const viewers = createViewers();
  const frame = { camera: '7', seq: 1 } as never;
  viewers.moveTo({
    now: () => now,
    newest: () => frame,
    want: () => () => {},
    text: () => 'picture',
    count() {},
    stall: 30_000,
  });
  const response = {
    write: (text: string) => written.push(text) > 0 && takes,
    on() {},
    destroy() {
      destroyed = true;
    },
  };
  viewers.admit(response as never, { camera: '7', delay: 50, light: false });

  now = 14_999;
  viewers.sweep();
  t.same(written, ['picture']);
  takes = false;
  now = 15_000;
  viewers.sweep();
  t.same(written, ['picture', ':\n\n']);
  now = 44_999;
  viewers.sweep();
  t.notOk(destroyed);
  now = 45_000;
  viewers.sweep();
  t.ok(destroyed);
  t.end();
});

t.test('unknown cameras are refused like in the original, and viewers are counted', async (t) => {
  const server = await cameraServer(t, (text) =>
    text.replace('path: /stream-image', 'path: /stream-image, max_viewers: 1'),
  );
  const url = `${server.origin}/stream-image`;

  const unknown = await fetch(`${url}?cameraId=99`);
  t.same([unknown.status, await unknown.json()], [400, { message: 'No camera with id 99' }]);
  stream(t, `${url}?cameraId=7`);
  await until(() => server.metric('events', 'viewers') === 1, 'the first');
  t.equal((await fetch(`${url}?cameraId=7`)).status, 503);
});

t.test('streams survive a reload of their node', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  const events = stream(t, `${server.origin}/stream-image?cameraId=7&updateDelay=50`);
  await until(() => server.metric('events', 'viewers') === 1, 'the viewer');
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(`${server.camd.folder}/profile.yaml`, 'utf8');

  t.ok((await server.camd.reload(text.replace('path: /stream-image', 'path: /stream-image, max_viewers: 7'))).ok);
  camera.picture(make('after'));

  await until(() => events.pictures().at(-1)?.equals(make('after')), 'a picture after the reload');
});
