// Cases for every provider of `stills`: the newest frame of each camera, the next one, and fresh captures.

import assert from 'node:assert/strict';
import { isFault } from '../../core/contract/problems.ts';
import type { Ending } from '../ending.ts';
import { makeCapture } from '../frame.ts';
import { createFeed } from '../probe.ts';
import { type RunOptions, run } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface StillsSetup extends RunOptions {
  /** `use` and options without `from`, such as "use: cache/latest". */
  readonly node: string;
}

const patience = (): AbortSignal => new AbortController().signal;

export function stillsCases<T extends Ending>(make: (t: T) => StillsSetup | Promise<StillsSetup>): readonly Case<T>[] {
  const open = async (t: T) => {
    const { node, plugins = [], ...options } = await make(t);
    let captured = 100;
    const feed = createFeed(() => makeCapture(++captured));
    const yaml = `camd: 1\npipeline:\n  camera: { use: test/feed }\n  newest: { ${node}, from: camera }\n`;
    const running = await run(t, yaml, { ...options, plugins: [...plugins, feed.plugin] });
    return { feed, stills: running.port('newest', 'stills') };
  };
  return [
    {
      title: 'a camera is known before its first frame',
      async run(t) {
        const { stills } = await open(t);

        assert.deepEqual(stills.cameras(), ['camera']);
        assert.equal(stills.latest('camera'), undefined);
        assert.equal(stills.latest('another'), undefined);
      },
    },
    {
      title: 'the latest frame is the newest one, byte for byte, with its age',
      async run(t) {
        const { feed, stills } = await open(t);

        await feed.send(makeCapture(1));
        await feed.send(makeCapture(2));

        const still = stills.latest('camera') ?? assert.fail('there is no latest frame');
        assert.ok(still.frame.data.equals(makeCapture(2).data));
        assert.ok(still.age >= 0 && still.age < 60_000);
        assert.equal(still.stale, false);
      },
    },
    {
      title: 'next waits for a newer frame, and ends with the reason of its signal',
      async run(t) {
        const { feed, stills } = await open(t);
        await feed.send(makeCapture(1));
        const seq = stills.latest('camera')?.frame.seq ?? 0;

        assert.equal((await stills.next('camera', seq - 1, patience())).seq, seq);
        const next = stills.next('camera', seq, patience());
        await feed.send(makeCapture(2));
        assert.ok((await next).seq > seq);
        const control = new AbortController();
        const never = stills.next('camera', seq + 1000, control.signal);
        control.abort(new Error('the wait is over'));
        await assert.rejects(never, /the wait is over/);
      },
    },
    {
      title: 'a capture is a new picture, and simultaneous captures share one',
      async run(t) {
        const { feed, stills } = await open(t);

        assert.equal(stills.onDemand('camera'), true);
        const frames = await Promise.all([1, 2, 3].map(() => stills.capture('camera', patience())));

        assert.equal(feed.captures(), 1);
        assert.ok(frames.every(({ camera, data }) => camera === 'camera' && data.equals(makeCapture(101).data)));
        await until(() => stills.latest('camera'), 'the captured frame to be the latest');
      },
    },
    {
      title: 'captures of several cameras answer for each, with the fault of one that has none',
      async run(t) {
        const { stills } = await open(t);

        const answers = await stills.captureAll(['camera', 'another'], { signal: patience(), deadlineMs: 30_000 });

        const taken = answers.get('camera');
        assert.ok(taken && !isFault(taken) && taken.camera === 'camera');
        assert.ok(isFault(answers.get('another')));
      },
    },
  ];
}
