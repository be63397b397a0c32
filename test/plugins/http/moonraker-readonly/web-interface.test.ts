// A page in Chromium that starts like Mainsail, from another origin, shows the camera with and without Moonraker.

import { once } from 'node:events';
import { createServer } from 'node:http';
import t from 'tap';
import { browser } from '../../../support/browser.ts';
import { freePort } from '../../../support/free-port.ts';
import { type Ending, run } from '../../../support/harness.ts';
import { moonraker } from '../../../support/moonraker.ts';
import { until } from '../../../support/until.ts';

/**
 * Each step waits for the previous one, as in Mainsail: without an answer to `server.config` the page does not continue. It then
 * fetches the camera of the list with CORS and a time stamp, and extracts each picture by the Content-Length of its part.
 */
const PAGE = `<!doctype html><meta charset="utf-8"><title>starting</title><img id="camera">
<script type="module">
const [host] = new URLSearchParams(location.search).getAll('host');
const socket = new WebSocket('ws://' + host + '/websocket');
await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = () => reject(new Error('no connection')); });
let last = 0;
const waiting = new Map();
socket.onmessage = ({ data }) => { const message = JSON.parse(data); waiting.get(message.id)?.(message); };
const call = (method, params = {}) => new Promise((resolve, reject) => {
  const id = ++last;
  waiting.set(id, ({ result, error }) => error ? reject(new Error(method + ': ' + error.message)) : resolve(result));
  socket.send(JSON.stringify({ jsonrpc: '2.0', method, params, id }));
});
await call('server.connection.identify', { client_name: 'web', version: '1', type: 'web', url: location.href });
const info = await call('server.info');
await call('server.config');
await call('printer.info');
await call('printer.objects.list');
await call('printer.objects.subscribe', { objects: { webhooks: null, print_stats: null } });
document.title = 'connected';
const { webcams: [webcam] } = await call('server.webcams.list');
const url = new URL(webcam.stream_url, 'http://' + host);
url.searchParams.set('timestamp', Date.now());
const reader = (await fetch(url, { mode: 'cors' })).body.getReader();
let rest = new Uint8Array();
let pictures = 0;
const text = new TextDecoder('latin1');
for (;;) {
  const { value, done } = await reader.read();
  if (done) break;
  rest = new Uint8Array([...rest, ...value]);
  for (;;) {
    const head = text.decode(rest);
    const end = head.indexOf('\\r\\n\\r\\n');
    const length = Number(/Content-Length: (\\d+)/i.exec(head.slice(0, end))?.[1]);
    if (end < 0 || rest.length < end + 4 + length) break;
    const picture = rest.slice(end + 4, end + 4 + length);
    rest = rest.slice(end + 4 + length);
    const image = document.getElementById('camera');
    image.src = URL.createObjectURL(new Blob([picture], { type: 'image/jpeg' }));
    await image.decode();
    if (++pictures >= 3) { document.title = 'shows ' + image.naturalWidth + 'x' + image.naturalHeight; await reader.cancel(); break; }
  }
  if (pictures >= 3) break;
}
</script>`;

async function page(t: Ending): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

for (const [title, printerOption] of [
  ['with Moonraker', ''],
  ['without Moonraker', ', printer: false'],
] as const) {
  t.test(`a web interface with default options shows the camera, ${title}`, async (t) => {
    const origin = await page(t);
    const printer = await moonraker(t);
    const port = await freePort();
    await run(
      t,
      `
camd: 1
pipeline:
  camera: { use: source/test-pattern, fps: 10, size: 320x240 }
  latest: { use: cache/latest, from: camera }
  lan: { use: http/server, listen: "127.0.0.1:${port}", methods: [GET, HEAD], cors: { origins: ["${origin}"] } }
  webcam: { use: http/webcam, on: lan, from: latest, path: /webcam }
  printer: { use: http/moonraker-readonly, on: lan, moonraker: "${printer.url}"${printerOption} }
`,
    );
    printer.webcams.push({ name: 'camd', service: 'mjpegstreamer', stream_url: '/webcam/?action=stream' });
    printer.results.set('server.webcams.list', { webcams: printer.webcams });

    const context = await browser(t);
    const tab = await context.newPage();
    const faults: string[] = [];
    tab.on('pageerror', ({ message }) => faults.push(message));
    tab.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
    await tab.goto(`${origin}/?host=127.0.0.1:${port}`);
    await until(async () => faults.length > 0 || (await tab.title()).startsWith('shows'), 'the camera in the page');

    t.same(faults, []);
    t.equal(await tab.title(), 'shows 320x240');
  });
}
