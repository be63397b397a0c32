// EXIF written into the JPEGs that packages ship: the pixels stay, and piexif and exiftool read it back from each.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { type ExifTags, writeExif } from '../../../plugins/kit/image/exif.ts';
import { pixelsOf, shippedPhotos } from '../../support/photos.ts';

t.setTimeout(300_000);
const call = promisify(execFile);
const COMMENT = '{"roll":1.25,"pitch":-2,"yaw":90,"timestamp":1795680000.5}';
const TAGS: ExifTags = { userComment: COMMENT, software: 'camd', dateTimeOriginal: '2026:11:26 05:08:53' };
/** Reasons why tags cannot be written: such a picture passes unchanged and is counted. */
const REFUSALS = new Set(['EXIF over 64 KiB']);

const PIEXIF = `
import os, sys, piexif, piexif.helper
for name in sorted(os.listdir(sys.argv[1])):
    try:
        exif = piexif.load(os.path.join(sys.argv[1], name))
        print(name, piexif.helper.UserComment.load(exif["Exif"][piexif.ExifIFD.UserComment]), exif["0th"][piexif.ImageIFD.Software].decode())
    except Exception as error:
        print(name, repr(error))
`;

t.test('at least 200 photos keep their pixels, and both readers find the tags in each', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-exif-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'tagged'));
  const broken: string[] = [];
  const refused: string[] = [];
  const names: string[] = [];
  for (const { file, data } of shippedPhotos()) {
    const before = await pixelsOf(data);
    if (before === undefined) continue;
    const written = writeExif(data, TAGS);
    if (!Buffer.isBuffer(written)) {
      refused.push(`${file}: ${written.reason}`);
      continue;
    }
    const after = await pixelsOf(written);
    if (!after?.equals(before)) broken.push(file);
    const name = `${String(names.length).padStart(4, '0')}.jpg`;
    writeFileSync(join(folder, 'tagged', name), written);
    names.push(name);
  }
  const max = { maxBuffer: 2 ** 26 };
  const piexif = await call('/usr/bin/python3', ['-c', PIEXIF, join(folder, 'tagged')], max);
  const argv = ['-q', '-q', '-json', '-UserComment', '-Software', '-DateTimeOriginal', join(folder, 'tagged')];
  const exiftool = await call('exiftool', argv, max);

  t.same(broken, []);
  t.same(
    refused.filter((refusal) => !REFUSALS.has(refusal.split(': ')[1] ?? '')),
    [],
  );
  t.ok(names.length >= 200, `${names.length} photos, ${refused.length} refused`);
  t.same(
    piexif.stdout.trim().split('\n'),
    names.map((name) => `${name} ${COMMENT} camd`),
  );
  const read = JSON.parse(exiftool.stdout) as { UserComment?: string; Software?: string; DateTimeOriginal?: string }[];
  t.equal(read.length, names.length);
  t.same(
    read.filter(
      (tags) =>
        tags.UserComment !== COMMENT || tags.Software !== 'camd' || tags.DateTimeOriginal !== TAGS.dateTimeOriginal,
    ),
    [],
  );
});
