// The minimum cost of durable storage in Node: write, fsync, rename and fsync of the folder, for several pictures at a time.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

export interface FloorOrder {
  readonly parallel: number;
  readonly count: number;
}

const [folder = '', file = ''] = process.argv.slice(2);
const picture = readFileSync(file);

/** Returns the duration in seconds. */
async function store({ parallel, count }: FloorOrder): Promise<number> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const held = await open(folder);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next++;
      const temporary = join(folder, `.${number}.tmp`);
      const handle = await open(temporary, 'wx');
      await handle.writeFile(picture);
      await handle.sync();
      await handle.close();
      await rename(temporary, join(folder, `${number}.jpg`));
      await held.sync();
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: parallel }, worker));
  const seconds = (performance.now() - began) / 1000;
  await held.close();
  return seconds;
}

process.on('message', async (order: FloorOrder) => process.send?.(await store(order)));
process.send?.({ ready: true });
