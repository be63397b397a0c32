// JPEGs in installed Debian and npm packages, including photos by cameras.

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';

export interface Photo {
  readonly file: string;
  readonly data: Buffer;
}

/** CAMD_PHOTOS contains further folders, separated by colons. */
const FOLDERS = [
  ...['/usr/share', '/usr/lib/python3', 'node_modules', 'test/node_modules'],
  ...(process.env.CAMD_PHOTOS ?? '').split(delimiter).filter((folder) => folder !== ''),
];
/** The default of `max_frame`. */
const LARGEST = 8 * 1024 * 1024;

/** All JPEGs, valid or not. */
export function shippedPhotos(): Photo[] {
  return (
    FOLDERS.flatMap(jpegsBelow)
      .filter((file) => statSync(file).size <= LARGEST)
      .sort()
      .map((file) => ({ file, data: readFileSync(file) }))
      // Some are PNGs with another extension.
      .filter(({ data }) => data[0] === 0xff && data[1] === 0xd8)
  );
}

/** `find` needs half the time of a recursive readdir. */
function jpegsBelow(folder: string): string[] {
  // Not every machine has every folder.
  if (!existsSync(folder)) return [];
  const argv = ['-L', folder, '-type', 'f', '-iregex', '.*\\.jpe?g', '-print0'];
  // Its exit code is 1 if a folder may not be read or a link leads in circles, but it still prints the others.
  const { stdout } = spawnSync('find', argv, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return stdout.split('\0').filter((file) => file !== '');
}

/** The pixels from a decoder that rejects damaged pictures; undefined for rejected ones. */
export async function pixelsOf(data: Buffer): Promise<Buffer | undefined> {
  try {
    return await sharp(data, { failOn: 'warning' }).raw().toBuffer();
  } catch {
    return undefined;
  }
}

/** Number of files with a camera maker in EXIF. */
export async function countCameras(files: readonly string[]): Promise<number> {
  const argv = ['-q', '-q', '-json', '-fast', '-Make', ...files];
  const run = promisify(execFile)('exiftool', argv, { maxBuffer: 2 ** 26 });
  // Its exit code is 1 if one of many files is unusual, but it still prints its results.
  const { stdout } = await run.catch((failed: { readonly stdout: string }) => failed);
  const list = JSON.parse(stdout) as { Make?: string }[];
  return list.filter(({ Make }) => Make !== undefined).length;
}
