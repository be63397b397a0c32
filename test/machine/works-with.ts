// `npm run test:works-with`: docs/works-with.md with programs from npm's and Python's index. Needs both, and python3-venv.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { worksWith } from '../support/works-with.ts';
import { homeAssistant, installHomeAssistant } from './home-assistant.ts';
import { octoPrint } from './octoprint.ts';
import { npmPackage, pythonPackages, startProgram, temporaryFolder } from './programs.ts';

const NODE_RED = '4.1.15';
/** The newest version for Python 3.11. */
const HOME_ASSISTANT = '2024.3.3';
const OCTOPRINT = '1.11.8';

t.setTimeout(1_800_000);

t.test(`Node-RED ${NODE_RED} fetches a picture, sends it, and gets pictures over MQTT`, async (t) => {
  const program = await npmPackage(t, 'node-red', NODE_RED);
  const { block, camd } = await worksWith(t);
  const folder = temporaryFolder(t);
  const settings = { uiHost: '127.0.0.1', uiPort: await freePort(), flowFile: 'flows.json', credentialSecret: false };
  writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)};\n`);
  writeFileSync(join(folder, 'flows.json'), block('flows.json'));
  const argv = [process.execPath, join(program, 'red.js'), '--userDir', folder, '--settings', 'settings.js'];
  const nodeRed = startProgram(t, argv, folder);

  for (const name of ['fetched.jpg', 'arrived.jpg']) {
    await nodeRed.until(() => isPicture(contentOf(folder, name)), name);
  }
  const sent = await nodeRed.until(() => contentOf(folder, 'sent.json').toString() || undefined, 'the answer of camd');

  t.match(JSON.parse(sent), { status: 200, camera: 'desk' });
  t.ok(camd.status('upload').framesOut >= 1);
  t.match(nodeRed.output(), new RegExp(`Node-RED version: v${NODE_RED}`));
});

t.test(`OctoPrint ${OCTOPRINT} tests the snapshot URL and makes a time-lapse of a print`, async (t) => {
  const python = await pythonPackages(t, 'python3', [`OctoPrint==${OCTOPRINT}`]);
  const { origin } = await worksWith(t);
  const [stream = '', snapshot = ''] = urlsOf('OctoPrint', origin);
  const octoprint = await octoPrint(t, python);
  t.equal(octoprint.version, OCTOPRINT);

  await octoprint.post('/api/settings', { plugins: { classicwebcam: { stream, snapshot } } });
  t.match(await octoprint.get('/api/settings'), {
    webcam: { webcams: [{ name: 'classic', canSnapshot: true, compat: { stream, snapshot } }] },
  });

  // Like the button "Test" of its settings.
  const tested = (await octoprint.post('/api/util/test', {
    ...{ command: 'url', url: snapshot, method: 'GET', response: 'bytes', timeout: 5, validSsl: true },
    ...{ content_type_whitelist: ['image/*'], content_type_guess: true },
  })) as { result: boolean; response: { content: string; assumed_content_type: string } };
  t.match(tested, { result: true, status: 200, response: { assumed_content_type: 'image/jpeg' } });
  t.ok(isPicture(Buffer.from(tested.response.content, 'base64')));

  await octoprint.post('/api/timelapse', { type: 'timed', interval: 1, fps: 5, postRoll: 0 });
  const print = new FormData();
  print.set('file', new Blob(['G28\nG1 X10 F3000\nG4 P3000\nG4 P3000\nG1 X20\n']), 'cube.gcode');
  print.set('print', 'true');
  await octoprint.post('/api/files/local', print);
  const film = await octoprint.until(async () => {
    const { files } = (await octoprint.get('/api/timelapse')) as { files: { name: string; url: string }[] };
    return files[0];
  }, 'the time-lapse');

  t.match(film.name, /^cube_\d+\.mp4$/);
  t.ok((await framesOf(t, await octoprint.download(film.url))) >= 3);
});

t.test(`Home Assistant ${HOME_ASSISTANT} shows the cameras by URL and finds them over MQTT`, async (t) => {
  const python = await installHomeAssistant(t, 'python3', HOME_ASSISTANT);
  const { origin, mqtt, camd } = await worksWith(t);
  const [mjpeg = '', still = '', genericStill = '', stream = ''] = urlsOf('Home Assistant', origin);
  const home = await homeAssistant(t, python);
  t.equal(home.version, HOME_ASSISTANT);

  await home.add('mjpeg', [{ name: 'Door', mjpeg_url: mjpeg, still_image_url: still }]);
  await home.add('generic', [
    { still_image_url: genericStill, stream_source: stream, authentication: 'basic', framerate: 2, verify_ssl: true },
    { confirmed_ok: true },
  ]);
  await home.add('mqtt', [{ broker: '127.0.0.1', port: Number(new URL(mqtt).port) }]);

  const pictures = await home.until(async () => {
    const found = [...(await home.entities('camera.')), ...(await home.entities('image.'))];
    return found.length === 4 && found.every(([, state]) => state !== 'unavailable') && found.map(([id]) => id);
  }, 'three cameras and an image');
  for (const id of pictures) {
    const path = id.startsWith('camera.') ? `/api/camera_proxy/${id}` : `/api/image_proxy/${id}`;
    t.ok(isPicture(Buffer.from(await (await home.get(path)).arrayBuffer())), id);
  }
  const shown = await home.get('/api/camera_proxy_stream/camera.door');
  t.match(shown.headers.get('content-type'), /^multipart\/x-mixed-replace;/);
  t.ok(await hasPictures(shown, 5), 'the stream, through Home Assistant');
  t.notOk(camd.status('broker').metrics.refused_publishes_total, 'the broker accepts all messages of Home Assistant');
});

/** Reads an answer until it has this many pictures. */
async function hasPictures(answer: Response, wanted: number): Promise<boolean> {
  const reader = answer.body?.getReader();
  let data = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    data += Buffer.from(part.value).toString('latin1');
    if (data.split('\xff\xd8\xff').length > wanted) {
      await reader?.cancel();
      return true;
    }
  }
  return false;
}

/** The URLs under this heading of the page, with the address of this run. */
function urlsOf(heading: string, origin: string): readonly string[] {
  const [, section = ''] = readFileSync('docs/works-with.md', 'utf8').split(`## ${heading}\n`);
  const urls = section.split('\n## ')[0]?.matchAll(/`(http:[^`]+)`/g) ?? [];
  return [...urls].map(([, url = '']) => url.replace('http://127.0.0.1:8080', origin));
}

/** Number of pictures that ffmpeg finds in a film. */
async function framesOf(t: Ending, film: Buffer): Promise<number> {
  const path = join(temporaryFolder(t), 'film.mp4');
  writeFileSync(path, film);
  const argv = ['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', path];
  return Number((await promisify(execFile)('ffprobe', argv)).stdout);
}

/** Empty if there is no such file. */
function contentOf(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return Buffer.alloc(0);
  }
}

/** Checks the first and the last bytes, so that incomplete files are excluded. */
const isPicture = (data: Buffer): boolean =>
  data.length > 500 && data.readUInt16BE(0) === 0xffd8 && data.readUInt16BE(data.length - 2) === 0xffd9;
