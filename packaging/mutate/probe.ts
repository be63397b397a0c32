// Loaded before a test: writes down the numbers of the faults that it comes by, once each. See reach.ts.

import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

const into = process.env.CAMD_REACHED;

if (into !== undefined) {
  const file = `${into}.${process.pid}.${threadId}`;
  const told = new Set<number>();
  Object.assign(globalThis, {
    __reached(id: number): void {
      if (told.has(id)) return;
      told.add(id);
      // At once: a test may kill the process.
      appendFileSync(file, `${id}\n`);
    },
  });
}
