// Server and listener as two processes: requests of the page and the API reach a screen through mosquitto, and the listener delivers the new picture.

import { join, resolve } from 'node:path';
import t from 'tap';
import { browser } from './support/browser.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { run } from './support/harness.ts';
import { INFOSCREEN_TOKEN, infoscreenServer, shipped } from './support/infoscreen-server.ts';
import { realJpegs } from './support/real-jpegs.ts';
import { until } from './support/until.ts';

t.setTimeout(300_000);
const PATIENCE_MS = 120_000;

t.test('the API and the button of the page request a picture; a request without the token is rejected', async (t) => {
  const { broker, env, server, api } = await infoscreenServer(t);
  const listener = await startDaemon(t, shipped('infoscreen-listener'), {
    env: {
      ...{ ...env, API_BASE_URL: api, STATUS_LISTEN: '127.0.0.1:0' },
      SPOOL_FOLDER: join(server.folder, 'spool'),
    },
  });
  // Without a subscription the broker would discard the pictures of the screen.
  const status = await listener.origin('status');
  await until(async () => (await fetch(`${status}/readyz`)).status === 200, 'the subscription of the listener');
  await run(
    t,
    dedent`
    camd: 1
    include: [infoscreen-client.yaml]
    vars: { interval: 1h, heartbeat: 1s }
    pipeline:
      screen: { command: [/usr/bin/python3, ${resolve('test/support/noise_screen.py')}] }
  `,
    {
      env: { MQTT_URL: broker.url, SCREEN_ID: 'lobby' },
      files: { 'infoscreen-client.yaml': shipped('infoscreen-client') },
    },
  );
  const latest = async () => {
    const response = await fetch(`${api}/screenshots/lobby.jpg`);
    return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
  };
  const after = (before: Buffer | undefined) =>
    until(
      async () => {
        const now = await latest();
        return now && !(before && now.equals(before)) ? now : undefined;
      },
      'the new picture',
      PATIENCE_MS,
    );
  const ask = (headers: Record<string, string>) =>
    fetch(`${api}/api/clients/lobby/capture`, { method: 'POST', headers });
  const state = await until(
    async () => {
      const body: unknown = await (await fetch(`${api}/api/clients/lobby/state`)).json();
      return JSON.stringify(body).includes('"heartbeat":null') ? undefined : body;
    },
    'a heartbeat',
    PATIENCE_MS,
  );

  const refused = await ask({});
  // The heartbeat shows that the screen is connected; the picture of its start is lost if it was faster than the connection.
  const first = await latest();
  const accepted = await ask({ authorization: `Bearer ${INFOSCREEN_TOKEN}` });
  const second = await after(first);
  const credentials = { username: 'operator', password: INFOSCREEN_TOKEN };
  const page = await (await browser(t, { httpCredentials: credentials })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${api}/lobby`);
  await page.locator('.facts .screen', { hasText: /^online · heartbeat/ }).waitFor();
  // The button says so for some seconds only.
  const requested = page.getByRole('button', { name: 'Requested' }).waitFor();
  await page.getByRole('button', { name: 'New picture' }).click();
  await requested;
  const third = await after(second);

  t.match(state, { camera: 'lobby', status: 'online', heartbeat: /Z$/ });
  t.equal(refused.status, 401);
  t.equal(accepted.status, 202);
  t.notOk(first && third.equals(first));
});

t.test(
  'without a broker the server is ready, accepts uploads and answers a request for a picture with 503',
  async (t) => {
    const { api } = await infoscreenServer(t, { started: false });
    const [picture = Buffer.alloc(0)] = await realJpegs(1);

    const headers = { authorization: `Bearer ${INFOSCREEN_TOKEN}` };
    const capture = await fetch(`${api}/api/clients/lobby/capture`, { method: 'POST', headers });
    const upload = await fetch(`${api}/api/clients/lobby/screenshot`, {
      method: 'POST',
      body: JSON.stringify({ image: picture.toString('base64') }),
      headers: { ...headers, 'content-type': 'application/json' },
    });

    t.equal((await fetch(`${api}/readyz`)).status, 200);
    t.equal(capture.status, 503);
    t.equal(upload.status, 200);
    t.ok(Buffer.from(await (await fetch(`${api}/screenshots/lobby.jpg`)).arrayBuffer()).equals(picture));
  },
);
