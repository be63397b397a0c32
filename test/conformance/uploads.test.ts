// Built-in nodes that send pictures elsewhere, under the upload conformance suite of camd/testing.

import { createServer, type Server } from 'node:http';
import t, { type Test } from 'tap';
import { DISCOVER_MS } from '../../plugins/kit/upload/camera-uploaders.ts';
import { type UploadSetup, uploadCases } from '../../testing/index.ts';
import { authority } from '../support/authority.ts';
import { cameraServer } from '../support/camera-server.ts';
import { conform } from '../support/cases.ts';
import { collect } from '../support/collect.ts';
import { manualClock } from '../support/manual-clock.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';
import { type Act, prusaConnect } from '../support/prusa-connect.ts';
import { tokenOf } from '../support/push-camera.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

t.setTimeout(180_000);

/** Odd, so that a sleeper of this length is the deadline of a request and nothing else. */
const TIMEOUT_MS = 7777;

/** A server that receives bodies, and can be stopped and restarted on its port. */
async function archive(t: Test) {
  const received: Buffer[] = [];
  let server: Server | undefined;
  let port = 0;
  const away = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
      server = undefined;
    });
  const back = (): Promise<void> =>
    new Promise((resolve) => {
      server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        request.on('error', () => {});
        for await (const chunk of request) chunks.push(chunk);
        received.push(Buffer.concat(chunks));
        response.end();
      }).listen(port, '127.0.0.1', resolve);
    });
  await back();
  const address = server?.address();
  port = typeof address === 'object' && address ? address.port : 0;
  t.teardown(away);
  return { port, received: () => received, away, back };
}

conform(t, {
  'upload/http': uploadCases<Test>(async (t) => {
    const { port, ...end } = await archive(t);
    // Without skip_unchanged, a picture that is still the newest after 100 ms is sent again.
    const url = `http://127.0.0.1:${port}/{camera}`;
    return { node: `use: upload/http, url: '${url}', every: 100ms, skip_unchanged: true`, ...end };
  }),

  'upload/websocket': uploadCases<Test>(async (t) => {
    const server = await cameraServer(t);
    const proxy = await tcpProxy(t, Number(new URL(server.origin).port));
    const frames = collect(server.camd, 'push');
    return {
      node: `use: upload/websocket, url: 'ws://127.0.0.1:${proxy.port}/video-input-stream', id: 7, token: ${tokenOf(7)}, timeout: 2s`,
      received: () => frames.map(({ data }) => data),
      away: () => proxy.fault('reset'),
      back: () => proxy.fault('none'),
    };
  }),

  'upload/prusa-connect': uploadCases<Test>(async (t): Promise<UploadSetup> => {
    const time = manualClock(1_800_000_000_000);
    const tls = authority(t);
    let act: Act = { status: 204 };
    const prusa = await prusaConnect(t, { authority: tls, now: time.clock.now, script: () => act });
    return {
      node: `use: upload/prusa-connect, url: '${prusa.url}', ca: ${tls.ca}, token: Tk3nTk3nTk3nTk3nTk3n, fingerprint: f1ngerpr1nt-f1ngerpr1nt, timeout: ${TIMEOUT_MS}ms, stale_after: 1h, skip_unchanged: true`,
      clock: time.clock,
      // While a request is in progress, its deadline must not pass.
      tick: () => (time.asleepFor((ms) => ms === TIMEOUT_MS) ? undefined : time.step(DISCOVER_MS)),
      received: () =>
        prusa.visits
          .filter(({ path, act: done }) => path === '/c/snapshot' && typeof done === 'object' && done.status === 204)
          .map(({ body }) => body),
      away: () => {
        act = { status: 503 };
      },
      back: () => {
        act = { status: 204 };
      },
    };
  }),

  'mqtt/publish': uploadCases<Test>(async (t) => {
    const broker = await mosquitto(t);
    const received: Buffer[] = [];
    const client = await outsider(t, broker.url);
    client.on('message', (_topic, payload) => void received.push(payload));
    await client.subscribeAsync('pictures/#');
    return {
      beside: `  broker: { use: mqtt/client, url: '${broker.url}', reconnect_within: 1s }`,
      node: "use: mqtt/publish, via: broker, topic: 'pictures/{camera}'",
      received: () => received,
      away: () => broker.kill(),
      back: () => broker.start(),
    };
  }),
});
