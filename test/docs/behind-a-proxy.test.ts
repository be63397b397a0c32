// docs/behind-a-proxy.md is true: each block runs in the real program, below a prefix, with TLS and HTTP/2, in front of a real browser.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { authority } from '../support/authority.ts';
import { browser } from '../support/browser.ts';
import { folderWith } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { type Running, run } from '../support/harness.ts';
import { fillIn, onlyBlock } from '../support/page-blocks.ts';
import { type ReverseProxy, reverseProxy } from '../support/reverse-proxies.ts';

const PAGE = 'docs/behind-a-proxy.md';
const NAME = 'cams.example.org';
/** Milliseconds; a loaded machine renders slowly. */
const PATIENCE = 60_000;

/** The profile of the page, on a free port. */
const PROFILE = fillIn(onlyBlock(PAGE, 'yaml'), { '"127.0.0.1:8080"': '127.0.0.1:0' });
const cameras = (t: Test): Promise<Running> => run(t, PROFILE);
const hostOf = (camd: Running): string => new URL(camd.port('web', 'server').origin).host;

const visitor = (t: Test): Promise<BrowserContext> =>
  browser(t, { ignoreHTTPSErrors: true, args: [`--host-resolver-rules=MAP ${NAME} 127.0.0.1`] });

async function visit(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(url);
  return page;
}

/** Requests of the page's own scripts: a snapshot, and three pictures of a stream. */
const fetched = (page: Page): Promise<{ type: string | null; bytes: number; pictures: number }> =>
  page.evaluate(async () => {
    const picture = await fetch('snapshot.jpg');
    const bytes = (await picture.arrayBuffer()).byteLength;
    const ending = new AbortController();
    const stream = await fetch('stream.mjpg', { signal: ending.signal });
    const reader = stream.body?.getReader();
    let text = '';
    let pictures = 0;
    while (pictures < 3) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (done) break;
      text += new TextDecoder('latin1').decode(value);
      pictures = text.split('image/jpeg').length - 1;
    }
    ending.abort();
    return { type: picture.headers.get('content-type'), bytes, pictures };
  });

t.test('each block serves viewer, WebSocket, snapshot and stream in the real program', async (t) => {
  const camd = await cameras(t);
  const context = await visitor(t);
  const { cert, key } = authority(t, [NAME]);
  const folder = folderWith(t, {});
  const files = { cert: join(folder, 'cams.pem'), key: join(folder, 'cams.key'), both: join(folder, 'both.pem') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  writeFileSync(files.both, Buffer.concat([cert, key]));
  const pem = { '/etc/ssl/cams.pem': files.cert, '/etc/ssl/cams.key': files.key };
  const blocks: Record<ReverseProxy, (port: number) => Record<string, string>> = {
    nginx: (port) => ({ 'listen 443': `listen 127.0.0.1:${port}`, ...pem }),
    apache: (port) => ({ '*:443': `*:${port}`, ...pem }),
    caddy: (port) => ({ [`${NAME} {`]: `${NAME}:${port} {`, ...pem }),
    haproxy: (port) => ({ 'bind :443': `bind 127.0.0.1:${port}`, '/etc/haproxy/cams.pem': files.both }),
  };

  for (const program of ['nginx', 'apache', 'caddy', 'haproxy'] as const) {
    await t.test(program, async (t) => {
      const port = await freePort();
      const block = onlyBlock(PAGE, program === 'caddy' ? 'caddyfile' : program);
      const values = { '127.0.0.1:8080': hostOf(camd), ...blocks[program](port) };
      await reverseProxy(t, program, fillIn(block, values), port);

      const page = await visit(context, `https://${NAME}:${port}/cameras/`);
      await page.locator('.tile canvas[data-seq]').waitFor();
      await page.locator('.tile').click();
      await page.locator('.single canvas[data-seq]').waitFor();
      const link = await page.getByRole('link', { name: 'Snapshot' }).getAttribute('href');
      const { type, bytes, pictures } = await fetched(page);
      const protocols = await page.evaluate(() =>
        performance
          .getEntriesByType('navigation')
          .map((entry) => (entry as PerformanceNavigationTiming).nextHopProtocol),
      );
      await page.close();

      t.equal(link, `https://${NAME}:${port}/cameras/snapshot.jpg`);
      t.same(protocols, ['h2']);
      t.equal(type, 'image/jpeg');
      t.ok(bytes > 500, `${bytes} bytes`);
      t.ok(pictures >= 3, 'one read may return two pictures');
    });
  }
  const refused = camd.lines.filter(({ msg }) => msg.includes('refused'));
  t.same(refused, []);
});

const APACHE_DEFAULT = (port: number, to: string): string => `<VirtualHost *:${port}>
  ProxyPass / http://${to}/ upgrade=websocket flushpackets=on
</VirtualHost>`;
const NGINX_HOST = (port: number, to: string): string => `server {
  listen 127.0.0.1:${port};
  location / {
    proxy_pass http://${to};
    proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
    proxy_set_header Host $host;
  }
}`;

t.test(
  'Apache without ProxyPreserveHost, and nginx with Host $host on another port, need trusted_proxies',
  async (t) => {
    const strict = fillIn(PROFILE, { ', trusted_proxies: [127.0.0.1]': '' });
    const context = await visitor(t);

    for (const [program, write] of [['apache', APACHE_DEFAULT] as const, ['nginx', NGINX_HOST] as const]) {
      await t.test(program, async (t) => {
        const port = await freePort();
        const camd = await run(t, strict);
        await reverseProxy(t, program, write(port, hostOf(camd)), port);

        const page = await visit(context, `http://127.0.0.1:${port}/`);
        await page.locator('.lost', { hasText: 'The live connection is refused' }).waitFor();
        const warning = camd.lines.find(({ msg }) => msg.includes('a page of another origin was refused'));
        await camd.reload(PROFILE);
        await page.locator('.tile canvas[data-seq]').waitFor();
        await page.close();

        const host = program === 'apache' ? hostOf(camd) : '127.0.0.1';
        t.match(warning, { level: 'warn', origin: `http://127.0.0.1:${port}`, host, path: '/viewer.ws' });
      });
    }
  },
);

t.test(
  'the page distinguishes a proxy that does not forward the path of its WebSocket from one that forwards no WebSocket',
  async (t) => {
    const camd = await cameras(t);
    const to = `proxy_pass http://${hostOf(camd)}/; proxy_set_header Host $http_host;`;
    const port = await freePort();
    const locations = `location /deaf/ { ${to} } location /part/ { ${to} } location = /part/viewer.ws { return 404; }`;
    await reverseProxy(t, 'nginx', `server { listen 127.0.0.1:${port}; ${locations} }`, port);
    const context = await visitor(t);
    const shows = async (path: string, text: string): Promise<void> => {
      const page = await visit(context, `http://127.0.0.1:${port}${path}`);
      await page.locator('.lost', { hasText: text }).waitFor();
      await page.close();
    };

    await shows('/part/', 'The address of the live connection does not exist');
    await shows('/deaf/', 'must forward WebSocket');
  },
);
