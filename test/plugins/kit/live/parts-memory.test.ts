// Pictures of a stream are freed by garbage collection of the young generation.

import { Socket } from 'node:net';
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { allocate, type Frame, settle } from '../../../../core/contract/frame.ts';
import { v8Collector } from '../../../../core/graph/flow/v8-collector.ts';
import { createYoungCollection } from '../../../../core/graph/flow/young-collection.ts';
import { createChannels, type Host } from '../../../../plugins/kit/live/stream-channel.ts';

const BYTES = 100_000;
const FRAMES = 6000;
const CAMERAS = 100;

t.test(
  'pictures of a stream stay in the young generation: almost no full collections, however the stream began',
  async (t) => {
    const channels = createChannels();
    const host: Host = {
      now: () => performance.now(),
      newest: () => undefined,
      want: () => () => {},
      shows: () => undefined,
      count: () => {},
      stall: 60_000,
      repeat: 60_000,
    };
    channels.moveTo(host);
    t.teardown(() => channels.close());
    let taken = 0;
    for (let camera = 0; camera < CAMERAS; camera++) {
      const socket = new Socket();
      socket.write = () => {
        taken++;
        return true;
      };
      channels.admit(socket, `c${camera}`, 0);
    }
    const note = createYoungCollection().of('cam');
    let full = 0;
    const isMajor = (entry: PerformanceEntry & { readonly detail?: unknown }): boolean => {
      const { detail } = entry;
      const major = constants.NODE_PERFORMANCE_GC_MAJOR;
      return typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === major;
    };
    const observer = new PerformanceObserver((list) => {
      full += list.getEntries().filter(isMajor).length;
    });
    observer.observe({ entryTypes: ['gc'] });
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;

    // At first, as with many new viewers, young collections are so frequent that all pictures survive them. V8 must not adapt to that.
    const collector = v8Collector();
    for (let seq = 1; seq <= FRAMES; seq++) {
      if (seq < FRAMES / 3 && seq % CAMERAS === 0) collector.young();
      if (seq === FRAMES / 3) {
        collector.all();
        await wait(50);
        full = 0;
        most = 0;
      }
      const camera = `c${seq % CAMERAS}`;
      const data = settle(allocate(BYTES), BYTES);
      const frame: Frame = {
        camera,
        key: String(seq),
        seq,
        time: seq,
        arrived: seq,
        type: 'image/png',
        data,
        width: 1,
        height: 1,
        hasHeadroom: true,
        meta: {},
      };
      note(camera, BYTES);
      channels.show(frame);
      await setImmediate();
      if (seq % CAMERAS === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    observer.disconnect();

    t.equal(taken, FRAMES);
    t.ok(full <= 2, `${full} full collections`);
    t.ok(most < 8 * CAMERAS * BYTES, `${most} bytes at most, of ${FRAMES * BYTES}`);
  },
);
