// JPEGs in installed Debian and npm packages, including photos by cameras.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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

function jpegsBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.jpe?g$/i.test(name))
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  } catch {
    // Not every machine has every folder.
    return [];
  }
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
