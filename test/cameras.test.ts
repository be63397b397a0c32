// Cameras as such: `camd cameras` of a running camd, and one display name for pages, MQTT, Home Assistant and the log.

import t from 'tap';
import type { CameraStatus } from '../core/contract/status.ts';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { freePort } from './support/free-port.ts';
import { outsider } from './support/mosquitto.ts';
import { until } from './support/until.ts';
import { viewerPage } from './support/viewer-page.ts';

const profile = (broker: number, gate = 'Garden gate'): string => dedent`
  camd: 1
  cameras: { gate: ${gate}, shed: Shed }
  pipeline:
    gate: { use: source/test-pattern, fps: 10, size: 160x120 }
    shed: { use: source/tcp, connect: "127.0.0.1:9", parse: mjpeg }
    yard: { use: source/test-pattern, mode: on_demand, linger: 0ms }
    latest: { use: cache/latest, from: "*" }
    web: { use: http/server, listen: "127.0.0.1:0" }
    viewer: { use: http/viewer, on: web, from: latest, path: /wall }
    stream: { use: http/stream, on: web, from: latest, path: "/{camera}.mjpg" }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /shed.jpg, camera: shed }
    broker: { use: mqtt/broker, listen: "127.0.0.1:${broker}", anonymous: { subscribe: ['#'] } }
    home: { use: mqtt/publish, from: gate, via: broker, topic: "cams/{camera}", discovery: {} }
`;

t.test('a running camd lists its cameras with state, picture, viewers and URLs', async (t) => {
  const port = await freePort();
  const daemon = await startDaemon(t, profile(port));
  const origin = await daemon.origin('web');
  const ask = (...argv: string[]) => camd(['cameras', ...argv, '--socket', daemon.socket]);
  const list = async (): Promise<Map<string, CameraStatus>> => {
    const answer = JSON.parse((await ask('--json')).out) as { cameras: CameraStatus[] };
    return new Map(answer.cameras.map((one) => [one.id, one]));
  };
  const watching = new AbortController();
  t.teardown(() => watching.abort());
  const viewer = await fetch(`${origin}/gate.mjpg`, { signal: watching.signal });
  t.equal(viewer.status, 200);
  await viewer.body?.getReader().read();
  await until(async () => {
    const gate = (await list()).get('gate');
    return gate?.viewers === 1 && gate.rate > 0 && gate.state === 'online';
  }, 'the viewer and a rate');
  await until(async () => (await list()).get('shed')?.why, 'the shed to be unreachable');
  const cameras = await list();

  t.same([...cameras.keys()], ['gate', 'shed', 'yard']);
  t.match(cameras.get('gate'), {
    name: 'Garden gate',
    node: 'gate',
    width: 160,
    height: 120,
  });
  const urls = [...(cameras.get('gate')?.urls ?? [])].sort((a, b) => a.what.localeCompare(b.what));
  t.same(urls, [
    { node: 'viewer', what: 'page', url: `${origin}/wall/gate` },
    { node: 'stream', what: 'stream', url: `${origin}/gate.mjpg` },
  ]);
  t.ok((cameras.get('gate')?.size ?? 0) > 500);
  t.ok((cameras.get('gate')?.age ?? 1e9) < 60_000);
  t.match(cameras.get('shed'), { name: 'Shed', state: 'degraded', why: /9/, viewers: 0, frames: 0 });
  t.equal(cameras.get('shed')?.urls.find(({ what }) => what === 'snapshot')?.url, `${origin}/shed.jpg`);
  t.match(cameras.get('yard'), { name: 'yard', state: 'idle' });

  const table = await ask();
  t.equal(table.code, 0);
  t.match(table.out, /^CAMERA +NAME +STATE +AGE +SIZE +BYTES +RATE +VIEWERS +NODE +URLS +REMARKS$/m);
  t.match(table.out, new RegExp(`^gate +Garden gate +online .* 160x120 .*/s +1 +gate .*${origin}/wall/gate`, 'm'));
  t.match(table.out, /^shed +Shed +degraded +- +- +- +- +0 +shed +\S/m);
  t.match(table.out, /^yard +- +idle /m);
  const stopped = await camd(['cameras', '--socket', `${daemon.folder}/none.sock`]);
  t.match(stopped.err, /no camd is running/);
  t.equal(stopped.code, 69);
});

t.test('a name in "cameras" is that of the page, Home Assistant and the log; a new one touches no node', async (t) => {
  const port = await freePort();
  const daemon = await startDaemon(t, profile(port));
  const page = viewerPage(t, await daemon.origin('web'), { path: '/wall/viewer.ws' });
  const home = await outsider(t, `mqtt://127.0.0.1:${port}`);
  const names: string[] = [];
  home.on('message', (_topic, payload: Buffer) => void names.push(String(JSON.parse(payload.toString()).name)));
  await home.subscribeAsync('homeassistant/+/+/config', { qos: 1 });
  const shown = (): readonly string[] =>
    page.events.flatMap((event) => (event.is === 'cameras' ? [event.cameras.map(({ name }) => name).join()] : []));

  await until(() => shown().includes('Garden gate,Shed,yard'), 'the page to show the name');
  await until(() => names.includes('Garden gate'), 'Home Assistant to get the name');
  const log = await daemon.line('node is degraded', { node: 'shed' });
  t.equal(log.camera_name, 'Shed');

  daemon.write(profile(port, 'Front gate'));
  const { out } = await camd(['reload', '--socket', daemon.socket]);
  t.match(out, /^kept {6}10 nodes\n$/m);
  t.notMatch(out, /^(replaced|re-linked|started|stopped)/m);
  await until(() => shown().includes('Front gate,Shed,yard'), 'the page to show the new name');
  await until(() => names.includes('Front gate'), 'Home Assistant to get the new name');
});
