// JPEGs that installed Debian and npm packages ship, photos of cameras among them.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';

export interface Photo {
  readonly file: string;
  readonly data: Buffer;
}

/** CAMD_PHOTOS names further folders, separated by colons. */
const FOLDERS = [
  ...['/usr/share', '/usr/lib/python3', 'node_modules', 'test/node_modules'],
  ...(process.env.CAMD_PHOTOS ?? '').split(delimiter).filter((folder) => folder !== ''),
];
/** The default of `max_frame`. */
const LARGEST = 8 * 1024 * 1024;

/** All of them, sound or not. */
export function shippedPhotos(): Photo[] {
  return (
    FOLDERS.flatMap(jpegsBelow)
      .filter((file) => statSync(file).size <= LARGEST)
      .sort()
      .map((file) => ({ file, data: readFileSync(file) }))
      // Some are PNGs by another name.
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

/** The pixels, as a decoder gives them that takes nothing that is damaged; undefined for what it refuses. */
export async function pixelsOf(data: Buffer): Promise<Buffer | undefined> {
  try {
    return await sharp(data, { failOn: 'warning' }).raw().toBuffer();
  } catch {
    return undefined;
  }
}

/** How many of the files have EXIF with the maker of a camera. */
export async function countCameras(files: readonly string[]): Promise<number> {
  const argv = ['-q', '-q', '-json', '-fast', '-Make', ...files];
  const run = promisify(execFile)('exiftool', argv, { maxBuffer: 2 ** 26 });
  // It ends with 1 when one of many files is odd, and prints what it found all the same.
  const { stdout } = await run.catch((failed: { readonly stdout: string }) => failed);
  const list = JSON.parse(stdout) as { Make?: string }[];
  return list.filter(({ Make }) => Make !== undefined).length;
}
