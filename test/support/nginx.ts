// A real nginx as a reverse proxy with the given locations; stopped at the end of the test.

import { freePort } from './free-port.ts';
import type { Ending } from './harness.ts';
import { reverseProxy } from './reverse-proxies.ts';

/** Lines that allow WebSocket. */
export const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

/** `locations`: the text inside `server { … }`. Returns its origin. */
export async function nginx(t: Ending, locations: string): Promise<string> {
  const port = await freePort();
  await reverseProxy(t, 'nginx', `server { listen 127.0.0.1:${port}; ${locations} }`, port);
  return `http://127.0.0.1:${port}`;
}
