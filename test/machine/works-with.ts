// `npm run test:works-with`: docs/works-with.md with programs from npm's and Python's index. Needs both, and python3-venv.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../support/free-port.ts';
import { worksWith } from '../support/works-with.ts';
import { npmPackage, startProgram, temporaryFolder } from './programs.ts';

const NODE_RED = '4.1.15';

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

/** Empty while there is no such file. */
function contentOf(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return Buffer.alloc(0);
  }
}

/** From its first to its last bytes: not one that is still being written. */
const isPicture = (data: Buffer): boolean =>
  data.length > 500 && data.readUInt16BE(0) === 0xffd8 && data.readUInt16BE(data.length - 2) === 0xffd9;
