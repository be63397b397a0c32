// `npm run release`: writes the files of a release to packages/: both packages, release notes, SBOM and checksums.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitEpoch, OUTPUT, writeChecksums } from './package/output.ts';
import { releaseNotes } from './release/notes.ts';
import { settledSbom } from './release/sbom.ts';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string };
// First, because the build of the packages takes a minute.
const notes = releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version);

execFileSync('npm', ['run', '--silent', 'package'], { stdio: ['ignore', 'ignore', 'inherit'] });
writeFileSync(join(OUTPUT, 'RELEASE_NOTES.md'), notes);
const sbom = execFileSync(
  'npm',
  ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only'],
  { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
);
writeFileSync(join(OUTPUT, `${name}-${version}.cdx.json`), settledSbom(sbom, name, commitEpoch()));
process.stdout.write(writeChecksums());
