// Simulated time of camd test stands still while work of the system is under way, however long a busy machine takes for it.

import { pbkdf2 } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { createNetwork } from '../../../plugins/command/test/network.ts';
import { folderWith } from '../../support/cli.ts';

/** Threads that Node.js has for files, and for this. */
const THREADS = 4;
const derive = promisify(pbkdf2);

t.test('a file that is still being closed is waited for', async (t) => {
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
