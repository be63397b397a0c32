// Cases for every node between a source and a consumer, such as transforms and caches.

import assert from 'node:assert/strict';
import type { Frame } from '../../core/contract/frame.ts';
import type { Ending } from '../ending.ts';
import { makeCapture } from '../frame.ts';
import { createFeed, createProbe } from '../probe.ts';
import { type RunOptions, run } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';
import { nodeCases } from './node.ts';

export interface ThroughSetup extends RunOptions {
  /** `use` and options without `from`, such as "use: transform/image, turn: 90". It must pass on every frame. */
  readonly node: string;
}

const CAMERA = '  camera: { use: test/feed }\n';
const HEAD = `camd: 1\npipeline:\n${CAMERA}`;

export function throughCases<T extends Ending>(
  make: (t: T) => ThroughSetup | Promise<ThroughSetup>,
): readonly Case<T>[] {
  const text = (node: string): string => `${HEAD}  between: { ${node}, from: camera }\n`;
  const between = async (t: T, take: (frame: Frame) => void | Promise<void> = () => {}) => {
    const { node, plugins = [], ...options } = await make(t);
    const feed = createFeed(() => makeCapture(9));
    const probe = createProbe(take);
    const yaml = `${text(node)}  end: { use: test/probe, from: between }\n`;
    await run(t, yaml, { ...options, plugins: [...plugins, feed.plugin, probe.plugin] });
    return { feed, probe };
  };
  return [
    ...nodeCases<T>(async (t) => {
      const { node, plugins = [], ...options } = await make(t);
      return { ...options, yaml: text(node), id: 'between', without: HEAD, plugins: [...plugins, createFeed().plugin] };
    }),
    {
      title: 'frames pass in order, each with its camera and number',
      async run(t) {
        const { feed, probe } = await between(t);

        for (const seed of [1, 2, 3]) await feed.send(makeCapture(seed));

        const numbers = probe.frames.map(({ seq }) => seq);
        assert.equal(numbers.length, 3);
        assert.deepEqual(
          numbers,
          [...numbers].sort((a, b) => a - b),
        );
        assert.ok(probe.frames.every(({ camera }) => camera === 'camera'));
        assert.deepEqual(probe.cameras(), ['camera']);
      },
    },
    {
      title: 'the source gets the acknowledgement only after the consumer has given it',
      async run(t) {
        let accept: (() => void) | undefined;
        const { feed } = await between(t, () => new Promise((resolve) => (accept = resolve)));
        let acknowledged = false;

        const sent = feed.send(makeCapture()).then(() => {
          acknowledged = true;
        });
        const give = await until(() => accept, 'the consumer to have the frame');
        const early = acknowledged;
        give();
        await sent;

        assert.equal(early, false);
      },
    },
    {
      title: 'the source gets the refusal of a frame by the consumer',
      async run(t) {
        const { feed } = await between(t, () => Promise.reject(new Error('refused by the probe')));

        await assert.rejects(feed.send(makeCapture()), /refused by the probe/);
      },
    },
    {
      title: 'wants reach the source and are released',
      async run(t) {
        const { feed, probe } = await between(t);
        const before = feed.wants();

        const release = probe.want('camera');
        await until(() => feed.wants() > before, 'the want to reach the source');
        release();

        await until(() => feed.wants() === before, 'the want to be released');
      },
    },
    {
      title: 'a capture passes through it from the source',
      async run(t) {
        const { feed, probe } = await between(t);

        const frame = await probe.capture('camera');

        assert.equal(feed.captures(), 1);
        assert.equal(frame.camera, 'camera');
        assert.ok(probe.answers('camera'));
      },
    },
  ];
}
