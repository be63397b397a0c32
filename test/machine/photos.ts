// `npm run test:photos`: runs the test of unchanged photos with those in the sources of Debian packages: more than 200 by cameras.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Source packages with photos in their tests. */
const PACKAGES = [
  ...['exiv2', 'gexiv2', 'jhead', 'libexif', 'libimage-exiftool-perl', 'libimage-metadata-jpeg-perl'],
  ...['libmetadata-extractor-java', 'piexif', 'pillow', 'vips'],
];
const TEST = 'test/plugins/source/photos.test.ts';
const SOURCES = `Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

const folder = mkdtempSync(join(tmpdir(), 'camd-photos-'));
try {
  const own = join(folder, 'apt');
  mkdirSync(join(own, 'lists/partial'), { recursive: true });
  mkdirSync(join(own, 'parts'));
  writeFileSync(join(own, 'parts/debian.sources'), SOURCES);
  // Separate lists, so that the machine's are not changed.
  const settings = [
    `Dir::Etc::sourcelist=${own}/none`,
    `Dir::Etc::sourceparts=${own}/parts`,
    `Dir::State::lists=${own}/lists`,
    'APT::Sandbox::User=root',
  ];
  const apt = ['apt-get', '-qq', ...settings.flatMap((setting) => ['-o', setting])];
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  run([...apt, 'update'], folder);
  for (const name of PACKAGES) {
    run([...apt, 'source', '--tar-only', name], photos);
    for (const archive of readdirSync(photos).filter((setting) => /\.orig.*\.tar\.\w+$/.test(setting))) {
      run(['tar', '-xf', archive, '--one-top-level'], photos);
      rmSync(join(photos, archive));
    }
  }
  run([process.execPath, '--import=tsx', TEST], process.cwd(), { CAMD_PHOTOS: photos, TAP_TIMEOUT: '900' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(
  [command = '', ...argv]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): void {
  const { status, error } = spawnSync(command, argv, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')} ended with ${status}`);
}
