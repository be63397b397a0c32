// Files of a profile on disk: what is read, and what is refused.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readFromDisk, textOf } from '../../../../core/profile/source/disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'camd-disk-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const file = (content: string | Buffer): string => {
  const path = join(folder, 'p.yaml');
  writeFileSync(path, content);
  return path;
};

t.test('a file is read up to the limit in bytes', async (t) => {
  t.equal(await readFromDisk(file('camd: 1\n'), 8), 'camd: 1\n');
  await t.rejects(readFromDisk(file('camd: 1\n'), 7), { message: 'it is larger than 7 bytes' });
  t.equal(await readFromDisk(file('ü'), 2), 'ü');
  await t.rejects(readFromDisk(file('ü'), 1), { message: /larger than 1 bytes/ });
  t.equal(await readFromDisk(file(''), 0), '');
});

t.test('a file of many pieces is read as one', async (t) => {
  const text = Array.from({ length: 30_000 }, (_, index) => `ü${index}`).join(' ');

  t.equal(await readFromDisk(file(text), 2 ** 20), text);
  await t.rejects(readFromDisk(file(text), 65 * 1024), { message: /larger than 66560 bytes/ });
});

t.test('anything but a regular file is refused', async (t) => {
  mkdirSync(join(folder, 'sub'), { recursive: true });

  await t.rejects(readFromDisk(join(folder, 'sub'), 100), { message: 'it is not a regular file' });
  await t.rejects(readFromDisk('/dev/null', 100), { message: 'it is not a regular file' });
  await t.rejects(readFromDisk(join(folder, 'none'), 100), { code: 'ENOENT' });
  t.match(await readFromDisk('/proc/self/comm', 100), /\w/, 'one that has no size');
});

t.test('text is UTF-8, and the first line that is not is named', (t) => {
  const wrong: readonly (readonly [bytes: readonly number[], message: string])[] = [
    [[0xff, 0xfe, 0x61, 0], 'it is UTF-16; save it as UTF-8'],
    [[0xfe, 0xff, 0, 0x61], 'it is UTF-16; save it as UTF-8'],
    [[0xff, 0x61], 'line 1 is not UTF-8; save the file as UTF-8'],
    [[0xfe, 0x61], 'line 1 is not UTF-8; save the file as UTF-8'],
    [[0x61, 0xfe], 'line 1 is not UTF-8; save the file as UTF-8'],
    [[0x61, 0x0a, 0x0a, 0xff], 'line 3 is not UTF-8; save the file as UTF-8'],
  ];

  for (const [bytes, message] of wrong) t.throws(() => textOf(Buffer.from(bytes)), { message });
  t.equal(textOf(Buffer.from('\uFEFFa')), '\uFEFFa');
  t.end();
});
