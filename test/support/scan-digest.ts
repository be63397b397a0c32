// Program: scans noise for JPEG markers with WebAssembly, with the search without it, and byte by byte, and prints the results.

import { createHash } from 'node:crypto';
import { search } from '../../plugins/kit/image/entropy.ts';
import { createScan } from '../../plugins/kit/image/scan.ts';
import { random } from './random.ts';

const ROUNDS = 3000;

export interface Digests {
  readonly arch: string;
  readonly vectors: string | undefined;
  readonly search: string;
  readonly plain: string;
}

/** T.81 §B.1.1.5, one byte at a time; `end` if there is none. */
function plain(data: Buffer, at: number, end: number): number {
  for (; at < end; at++) {
    const code = data[at + 1] ?? 0;
    if (data[at] === 0xff && code !== 0 && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  return end;
}

function digest(find: (data: Buffer, at: number, end: number) => number, home?: Buffer): string {
  const below = random(11);
  const hash = createHash('sha256');
  for (let round = 0; round < ROUNDS; round++) {
    const length = 10 + below(round % 100 === 0 ? 200_000 : 400);
    const offset = below(64);
    const place = home && round % 2 === 0 ? home.subarray(offset, offset + length) : Buffer.alloc(length);
    for (let at = 0; at < length; at++) place[at] = below(20) === 0 ? 0xff : below(4) === 0 ? 0 : below(256);
    hash.update(`${find(place, below(8), length - 1)} `);
  }
  return hash.digest('hex');
}

const scan = createScan();
const digests: Digests = {
  arch: process.arch,
  vectors: scan && digest(scan.find, scan.home),
  search: digest(search),
  plain: digest(plain),
};
process.stdout.write(`${JSON.stringify(digests)}\n`);
