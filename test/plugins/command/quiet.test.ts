// Simulated time of camd test stops while system work is in progress, however long a busy machine takes for it.

import { pbkdf2 } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { createNetwork } from '../../../plugins/command/test/network.ts';
import { loadSharp } from '../../../plugins/kit/image/sharp.ts';
import { folderWith } from '../../support/cli.ts';

/** Threads in Node.js's pool, which serves files and the work below. */
const THREADS = 4;
const derive = promisify(pbkdf2);

t.test('simulated time waits for a file that is still being closed', async (t) => {
  const network = createNetwork();
  t.teardown(() => network.release());
  const file = await open(join(folderWith(t, { 'a.txt': '' }), 'a.txt'));
  const busy = Array.from({ length: THREADS }, () => derive('a', 'b', 200_000, 32, 'sha256'));
  let closed = false;
  const closing = file.close().then(() => {
    closed = true;
  });

  await network.quiet();

  t.ok(closed);
  await Promise.all([closing, ...busy]);
});

t.test('simulated time waits for a picture that sharp is still encoding', async (t) => {
  const sharp = await loadSharp();
  const network = createNetwork();
  t.teardown(() => network.release());
  let encoded = false;
  const picture = sharp({ create: { width: 1920, height: 1080, channels: 3, background: 'red' } }).jpeg();
  const encoding = picture.toBuffer().then(() => {
    encoded = true;
  });

  await network.quiet();

  t.ok(encoded);
  await encoding;
});
