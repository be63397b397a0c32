// Loaded before a test: writes the numbers of the faults that it reaches to a file, once each. See reach.ts.

import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

const into = process.env.CAMD_REACHED;

if (into !== undefined) {
  const file = `${into}.${process.pid}.${threadId}`;
  const reported = new Set<number>();
  Object.assign(globalThis, {
    __reached(id: number): void {
      if (reported.has(id)) return;
      reported.add(id);
      // Immediately, because a test may kill the process.
      appendFileSync(file, `${id}\n`);
    },
  });
}
