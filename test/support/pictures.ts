// Many different JPEGs at the cost of one: each has its name in a comment segment.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleJpeg } from './jpeg.ts';

const NAME_BYTES = 64;

/** Makes pictures of about `bytes`; equal names give equal pictures, different names different ones. */
export function pictureMaker(bytes = 4096): (name: string) => Buffer {
  const comment = Buffer.alloc(Math.min(65_000, Math.max(NAME_BYTES, bytes)), 0x20);
  const whole = sampleJpeg({ width: 64, height: 48, comment });
  const at = whole.indexOf(comment);
  return (name) => {
    const copy = Buffer.from(whole);
    copy.write(name.padEnd(NAME_BYTES), at, 'latin1');
    return copy;
  };
}

/** The name in such a picture; undefined if the bytes are not a complete one. */
export function nameOf(picture: Buffer, make: (name: string) => Buffer): string | undefined {
  const at = make('').indexOf(Buffer.alloc(NAME_BYTES, 0x20));
  const name = picture.toString('latin1', at, at + NAME_BYTES).trimEnd();
  return make(name).equals(picture) ? name : undefined;
}

/** Every visible picture in the folder: relative path → bytes. Hidden and temporary names are ignored. */
export function visiblePictures(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => /(^|\/)[^./][^/]*\.(jpg|png)$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}
