// The marker scan finds what a simple byte-by-byte search finds, at every alignment.

import t from 'tap';
import { findMarker, SCAN_BUFFER, search } from '../../../../plugins/kit/image/entropy.ts';
import { createScan } from '../../../../plugins/kit/image/scan.ts';
import { random as seeded } from '../../../support/jpeg.ts';

/** T.81 §B.1.1.5, one byte at a time. */
function plain(data: Buffer, at: number): number {
  for (let index = at; index < data.length; index++) {
    const code = data[index + 1];
    if (data[index] === 0xff && (code === undefined || !(code === 0 || (code >= 0xd0 && code <= 0xd7)))) return index;
  }
  return -1;
}

/** Bytes with many FF; the byte after an FF mostly belongs to the data. */
function noise(random: () => number, length: number, markers: number): Buffer {
  const data = Buffer.alloc(length);
  for (let at = 0; at < length; at++) {
    const stuffed = data[at - 1] === 0xff && random() > markers;
    if (stuffed) data[at] = random() < 0.8 ? 0 : 0xd0 + Math.floor(random() * 8);
    else data[at] = random() < 0.05 ? 0xff : Math.floor(random() * 256);
  }
  return data;
}

t.test('every marker is found, from every offset, in its own memory and elsewhere', async (t) => {
  const random = seeded(7);
  let found = 0;
  for (let round = 0; round < 20_000; round++) {
    const length = Math.floor(random() * 300);
    const data = noise(random, length, round % 3 === 0 ? 0 : 0.05);
    const at = Math.floor(random() * (length + 2));
    const wanted = plain(data, at);
    if (wanted !== -1) found++;
    const offset = Math.floor(random() * 100);
    const home = SCAN_BUFFER.subarray(offset, offset + length);
    data.copy(home);
    // Bytes after the data are not part of it.
    SCAN_BUFFER[offset + length] = 0xd9;
    const all = [findMarker(data, at), findMarker(home, at)];
    if (all.some((at) => at !== wanted)) t.same(all, [wanted, wanted], `round ${round}`);
  }
  t.ok(found > 2000 && found < 18_000, `${found} markers`);
});

t.test('long stretches without a marker are searched in pieces', async (t) => {
  const data = noise(seeded(8), 300_000, 0);
  data[data.length - 1] = 1;
  t.equal(findMarker(data, 0), -1);
  for (const at of [0, 1, 1023, 1024, 1025, 5119, 5120, 66_560, 150_000, 299_998]) {
    const marked = Buffer.from(data);
    marked[at] = 0xff;
    marked[at + 1] = 0xd9;
    t.equal(findMarker(marked, 0), plain(marked, 0), `at ${at}`);
  }
});

t.test('without WebAssembly the search finds the same markers', async (t) => {
  const random = seeded(9);
  for (let round = 0; round < 5000; round++) {
    const data = noise(random, 1 + Math.floor(random() * 200), 0.05);
    const end = data.length - 1;
    const wanted = plain(data.subarray(0, end + 1), 0);
    const found = search(data, 0, end);
    if (found !== (wanted === -1 ? end : wanted)) t.equal(found, wanted, `round ${round}`);
  }
  const { WebAssembly: kept } = globalThis;
  Reflect.deleteProperty(globalThis, 'WebAssembly');
  t.teardown(() => Object.assign(globalThis, { WebAssembly: kept }));
  t.equal(createScan(), undefined);
});
