// packaging/nats: the nats-server of Debian accepts the shipped configurations.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';

const FOLDER = 'packaging/nats';
/** The passwords of users.conf. */
const env = {
  ...process.env,
  CAMD_HUB: 'hub-password',
  CAMD_ARCHIVE: 'archive-password',
  CAMD_SITE_1: 'site-password',
};

for (const file of readdirSync(FOLDER)) {
  if (file === 'users.conf') continue;
  t.test(`${file} is a valid configuration`, async (t) => {
    const { stderr } = await promisify(execFile)('nats-server', ['-t', '-c', `${FOLDER}/${file}`], { env });

    t.match(stderr, /is valid/);
    t.match(
      readFileSync(`${FOLDER}/${file}`, 'utf8'),
      /max_payload: 8MB/,
      'pictures are larger than the default of 1 MB',
    );
  });
}
