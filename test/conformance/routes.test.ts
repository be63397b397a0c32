// Built-in nodes that serve pictures and facts over HTTP, under the conformance suite of routes of camd/testing.

import t from 'tap';
import { conform } from '../support/cases.ts';
import { routeOf } from '../support/route-setup.ts';

t.setTimeout(240_000);

conform(t, {
  'http/health': routeOf('http/health', '/healthz', 'application/json'),
  'http/metrics': routeOf('http/metrics', '/metrics', 'text/plain'),
  'http/snapshot': routeOf('http/snapshot, from: latest', '/snapshot.jpg', 'image/jpeg'),
  'http/stream': routeOf('http/stream, from: latest', '/stream.mjpg', 'multipart/x-mixed-replace'),
  'http/webcam': routeOf('http/webcam, from: latest', '/webcam?action=snapshot', 'image/jpeg'),
  'http/list': routeOf('http/list, from: latest', '/list', 'application/json'),
  'http/screens': routeOf('http/screens, from: latest, anyone: true', '/api/clients/camera/state', 'application/json'),
  'http/events': routeOf('http/events, from: latest', '/stream-image?cameraId=camera', 'text/event-stream'),
  'http/websocket': routeOf('http/websocket, from: latest', '/video-output-stream', 'application/json', {
    // The answer without a WebSocket handshake.
    status: 404,
    socket: '/video-output-stream',
    greeting: '{"watch":["camera"]}',
  }),
  'http/camera-server': routeOf('http/camera-server, from: latest', '/get-image?cameraId=camera', 'image/jpeg'),
});
