// The pictures that all benchmarks send; ffmpeg makes them once and they stay in the temporary folder.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COUNT = 60;
/** Change it together with ffmpeg's arguments, so that older pictures are not reused. */
const FOLDER = join(tmpdir(), 'camd-bench-pictures-1');

/** Noisy 1280x720 JPEGs of 60 to 110 KB, all different, like a camera's. Returns the folder. */
export function pictureFolder(): string {
  if (existsSync(FOLDER)) return FOLDER;
  const fresh = `${FOLDER}.${process.pid}`;
  mkdirSync(fresh);
  const source = 'testsrc2=size=1280x720:rate=30,noise=alls=9:allf=t';
  const input = ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(COUNT)];
  execFileSync('ffmpeg', [...input, '-q:v', '5', join(fresh, '%03d.jpg')]);
  if (existsSync(FOLDER)) return fresh;
  renameSync(fresh, FOLDER);
  return FOLDER;
}

export function pictures(folder: string): readonly Buffer[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}
