// docs/works-with.md is true: Home Assistant, OctoPrint, go2rtc and Node-RED, by the requests that they send.

import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { promisify } from 'node:util';
import t from 'tap';
import { BOUNDARY } from '../../plugins/kit/live/part.ts';
import { browser } from '../support/browser.ts';
import { readAsGo2rtc } from '../support/go2rtc.ts';
import { sampleJpeg } from '../support/jpeg.ts';
import { outsider } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { worksWith } from '../support/works-with.ts';

t.test('the libraries of Home Assistant and OctoPrint receive pictures', async (t) => {
  const { origin } = await worksWith(t);

  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['test/support/picture_clients.py', origin]);

  t.same(JSON.parse(stdout), {
    generic: true,
    mjpeg: { still: true, type: `multipart/x-mixed-replace; boundary=${BOUNDARY}`, boundary: true },
    without_still: true,
    octoprint: true,
  });
});

t.test('Home Assistant finds camera and image over MQTT, and pictures on their topic', async (t) => {
  const { mqtt } = await worksWith(t);
  const client = await outsider(t, mqtt);
  const seen = new Map<string, Buffer>();
  client.on('message', (topic, payload) => void seen.set(topic, payload));
  await client.subscribeAsync(['homeassistant/#', 'cameras/#'], { qos: 1 });

  const found = await until(() => {
    const topics = [...seen.keys()].filter((topic) => topic.endsWith('/config'));
    return topics.length >= 2 && seen.has('cameras/gate') && topics;
  }, 'the discovery messages and a picture');

  const configs = found.map((topic) => JSON.parse(String(seen.get(topic))) as Record<string, unknown>);
  const topics = configs.map((config) => config.topic ?? config.image_topic);
  t.same([...new Set(topics)], ['cameras/gate']);
  t.equal(seen.get('cameras/gate')?.readUInt16BE(0), 0xffd8);
});

t.test('a page of another origin shows the stream URL of OctoPrint as an image', async (t) => {
  const { origin } = await worksWith(t);
  const page = await (await browser(t)).newPage();

  await page.setContent(`<img src="${origin}/webcam/?action=stream&1732622400000">`, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.querySelector('img')?.naturalWidth === 320, undefined, { timeout: 60_000 });

  t.pass();
});

t.test('go2rtc can read the Content-Length and the boundary of a stream', async (t) => {
  const { block, origin } = await worksWith(t);
  const url = /http:\S+/.exec(block('go2rtc.yaml'))?.[0] ?? '';
  t.ok(url.startsWith(origin));
  const chunks: Buffer[] = [];
  const request = get(url, { headers: { 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip' } }, (answer) => {
    t.match(answer.headers['content-type'], /^multipart\/x-mixed-replace;/);
    answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
  });
  request.on('error', () => {});
  t.teardown(() => void request.destroy());

  const pictures = await until(() => {
    const found = readAsGo2rtc(Buffer.concat(chunks));
    return found.length >= 5 && found;
  }, 'five pictures');

  t.ok(pictures.every((picture) => picture.readUInt16BE(0) === 0xffd8 && picture.at(-1) === 0xd9));
});

t.test('Node-RED fetches a picture, posts one, and receives one over MQTT', async (t) => {
  const { camd, origin, mqtt } = await worksWith(t);
  const headers = { 'user-agent': 'got (https://github.com/sindresorhus/got)' };
  const body = new Uint8Array(sampleJpeg({ seed: 9 }));

  const fetched = await fetch(`${origin}/snapshot.jpg`, { headers });
  const posted = await fetch(`${origin}/up/desk`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'image/jpeg' },
    body,
  });
  const client = await outsider(t, mqtt, { protocolVersion: 4, keepalive: 60, clean: true });
  const message = new Promise<Buffer>((resolve) => client.on('message', (_topic, payload) => resolve(payload)));
  await client.subscribeAsync('cameras/gate', { qos: 1 });

  t.equal(Buffer.from(await fetched.arrayBuffer()).readUInt16BE(0), 0xffd8);
  t.match(await posted.json(), { status: 200, camera: 'desk', bytes: body.length });
  t.equal(camd.status('upload').framesOut, 1);
  t.equal((await message).readUInt16BE(0), 0xffd8);
});
