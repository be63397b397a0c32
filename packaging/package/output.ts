// The folder of finished packages, and their time and checksums.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const OUTPUT = 'packages';
const SUMS = 'SHA256SUMS';

/** Writes the checksums of all files in the folder, in the format of sha256sum, and returns them. */
export function writeChecksums(): string {
  const names = readdirSync(OUTPUT).filter((name) => name !== SUMS);
  const sums = names.sort().map((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(OUTPUT, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
  writeFileSync(join(OUTPUT, SUMS), sums.join(''));
  return sums.join('');
}

/** The time of the last commit in seconds, so that two builds of a commit are the same; SOURCE_DATE_EPOCH overrides it. */
export function commitEpoch(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) return Number(given);
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }));
}
