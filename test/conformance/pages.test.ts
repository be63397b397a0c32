// Built-in nodes that serve pages or proxy other servers, in the route conformance suite of camd/testing.

import t, { type Test } from 'tap';
import { fakeServer, routeCases } from '../../testing/index.ts';
import { conform } from '../support/cases.ts';
import { moonraker } from '../support/moonraker.ts';
import { routeOf } from '../support/route-setup.ts';

t.setTimeout(240_000);

const DISK = '  disk: { use: store/disk, from: camera, path: pictures, min_free: 0B, durable: false }';

conform(t, {
  'http/viewer': routeOf('http/viewer, from: latest', '/', 'text/html'),
  'http/still-page': routeOf('http/still-page, from: latest', '/', 'text/html'),
  'http/snapshot-api': routeOf('http/snapshot-api, from: disk', '/', 'text/html', { beside: DISK }),
  'http/history': routeOf('http/history, from: disk', '/history', 'text/html', { beside: DISK }),
  'http/settings': routeOf('http/settings, nodes: pattern', '/settings', 'text/html', {
    beside: '  pattern: { use: source/test-pattern, size: 64x48, fps: 1 }',
  }),
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
