// `npm run package`: the Debian package, the npm package and their checksums, in packages/.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDeb } from './package/deb.ts';
import { stage } from './package/tree.ts';

const OUTPUT = 'packages';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const epoch = epochOf();
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

const sums = readdirSync(OUTPUT)
  .sort()
  .map((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(OUTPUT, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
writeFileSync(join(OUTPUT, 'SHA256SUMS'), sums.join(''));
process.stdout.write(sums.join(''));

/** The time of the last commit, so that two builds of it are the same; SOURCE_DATE_EPOCH overrides it. */
function epochOf(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) return Number(given);
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }));
}
