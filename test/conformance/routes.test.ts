// Built-in nodes that serve HTTP routes, under the conformance suite of routes of camd/testing.

import t, { type Test } from 'tap';
import { fakeServer, type RouteSetup, routeCases } from '../../testing/index.ts';
import { conform } from '../support/cases.ts';
import { moonraker } from '../support/moonraker.ts';

t.setTimeout(240_000);

const DISK = '  disk: { use: store/disk, from: camera, path: pictures, min_free: 0B, durable: false }';

const route = (node: string, path: string, type: string, more: Partial<RouteSetup> = {}) =>
  routeCases<Test>(() => ({ node: `use: ${node}, on: web`, path, type, ...more }));

conform(t, {
  'http/health': route('http/health', '/healthz', 'application/json'),
  'http/metrics': route('http/metrics', '/metrics', 'text/plain'),
  'http/snapshot': route('http/snapshot, from: latest', '/snapshot.jpg', 'image/jpeg'),
  'http/stream': route('http/stream, from: latest', '/stream.mjpg', 'multipart/x-mixed-replace'),
  'http/viewer': route('http/viewer, from: latest', '/', 'text/html'),
  'http/still-page': route('http/still-page, from: latest', '/', 'text/html'),
  'http/webcam': route('http/webcam, from: latest', '/webcam?action=snapshot', 'image/jpeg'),
  'http/list': route('http/list, from: latest', '/list', 'application/json'),
  'http/events': route('http/events, from: latest', '/stream-image?cameraId=camera', 'text/event-stream'),
  'http/snapshot-api': route('http/snapshot-api, from: disk', '/', 'text/html', { beside: DISK }),
  'http/websocket': route('http/websocket, from: latest', '/video-output-stream', 'application/json', {
    // Without a handshake there is nothing.
    status: 404,
    socket: '/video-output-stream',
    greeting: '{"watch":["camera"]}',
  }),
  'http/history': route('http/history, from: disk', '/history', 'text/html', { beside: DISK }),
  'http/settings': route('http/settings, nodes: pattern', '/settings', 'text/html', {
    beside: '  pattern: { use: source/test-pattern, size: 64x48, fps: 1 }',
  }),
  'http/camera-server': route('http/camera-server, from: latest', '/get-image?cameraId=camera', 'image/jpeg'),
  'http/proxy': routeCases<Test>(async (t) => {
    const server = await fakeServer(t, () => ({ headers: { 'content-type': 'text/plain' }, body: 'status' }));
    return {
      node: `use: http/proxy, on: web, to: '${server.origin}', paths: [/status]`,
      path: '/status',
      type: 'text/',
    };
  }),
  'http/moonraker-readonly': routeCases<Test>(async (t) => {
    const printer = await moonraker(t);
    return {
      node: `use: http/moonraker-readonly, on: web, moonraker: '${printer.url}'`,
      path: '/printer/info',
      type: 'application/json',
    };
  }),
});
