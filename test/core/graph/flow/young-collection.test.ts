// The memory of released frames is freed soon.

import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { COLLECT_BYTES, createYoungCollection } from '../../../../core/graph/flow/young-collection.ts';

t.test('a sweep is made once for so many bytes of frames, between two turns of the event loop', async (t) => {
  let sweeps = 0;
  const later: (() => void)[] = [];
  const sweep = createYoungCollection(
    () => {
      sweeps++;
    },
    (work) => void later.push(work),
  );

  sweep.note(COLLECT_BYTES - 1);
  t.equal(later.length, 0, 'not yet');
  sweep.note(1);
  sweep.note(COLLECT_BYTES);

  t.equal(sweeps, 0, 'not while frames are handed on');
  t.equal(later.length, 1, 'one is arranged, however much comes meanwhile');
  later[0]?.();
  t.equal(sweeps, 1);
});

t.test('frames that nobody holds do not pile up beside the heap', async (t) => {
  const sweep = createYoungCollection();
  const frame = 100_000;
  let most = 0;

  for (let count = 0; count < 1000; count++) {
    Buffer.allocUnsafeSlow(frame);
    sweep.note(frame);
    await setImmediate();
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }

  t.ok(most < 30 * frame + 4 * COLLECT_BYTES, `${most} bytes at the most, of ${1000 * frame}`);
});
