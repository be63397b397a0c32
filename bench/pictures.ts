// The pictures of all benchmarks; ffmpeg creates them once, and they stay in the temporary folder.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Change this together with ffmpeg's arguments, so that older pictures are not reused. */
const FOLDER = join(tmpdir(), 'camd-bench-pictures-1');

/** Noisy 1280x720 JPEGs of 60 to 110 KB, all different, as from a camera. Returns the folder. */
export const pictureFolder = (): string => folderOf(FOLDER, '1280x720', 60);

/** Noisy 4K JPEGs of some 900 KB. */
export const largePictureFolder = (): string => folderOf(`${FOLDER}-4k`, '3840x2160', 12);

function folderOf(folder: string, size: string, count: number): string {
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh);
  const source = `testsrc2=size=${size}:rate=30,noise=alls=9:allf=t`;
  const input = ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(count)];
  execFileSync('ffmpeg', [...input, '-q:v', '5', join(fresh, '%03d.jpg')]);
  if (existsSync(folder)) return fresh;
  renameSync(fresh, folder);
  return folder;
}

export function pictures(folder: string): readonly Buffer[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}
