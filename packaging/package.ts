// `npm run package`: builds the Debian package, the npm package and their checksums in packages/.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDeb } from './package/deb.ts';
import { commitEpoch, OUTPUT, writeChecksums } from './package/output.ts';
import { stage } from './package/tree.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const epoch = commitEpoch();
const edition = { version, date: new Date(epoch * 1000).toISOString().slice(0, 10) };
rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT);

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const root = mkdtempSync(join(tmpdir(), 'camd-package-'));
try {
  await stage(root, edition);
  makeDeb(root, { version, epoch, output: join(OUTPUT, `camd_${version}_all.deb`) });
} finally {
  rmSync(root, { recursive: true, force: true });
}
execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', OUTPUT], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

process.stdout.write(writeChecksums());
