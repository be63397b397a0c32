// Cases for every node that deletes pictures of a store: it deletes exactly by its rule, and tolerates a failing store.

import assert from 'node:assert/strict';
import { environment } from '../../core/contract/problems.ts';
import type { Ending } from '../ending.ts';
import { makeFrame } from '../frame.ts';
import { type RunOptions, run } from '../run.ts';
import { type MemoryStore, memoryStore } from '../store.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';
import { nodeCases } from './node.ts';

export interface RetainSetup extends RunOptions {
  /** `use` and options without `into`, with a rule that keeps the two newest pictures of each camera and runs every second. */
  readonly node: string;
}

const HOUR = 3_600_000;

export function retainCases<T extends Ending>(make: (t: T) => RetainSetup | Promise<RetainSetup>): readonly Case<T>[] {
  const HEAD = 'camd: 1\npipeline:\n  pictures: { use: test/store }\n';
  const text = (node: string): string => `${HEAD}  tidy: { ${node}, into: pictures }\n`;
  /** Seven pictures of "door" and one of "yard", an hour apart, up to now. */
  const filled = async (): Promise<MemoryStore> => {
    const pictures = memoryStore();
    const now = Date.now();
    for (let seq = 1; seq <= 7; seq++) {
      await pictures.store.put(makeFrame('door', seq, { time: now - (8 - seq) * HOUR }));
    }
    await pictures.store.put(makeFrame('yard', 1, { time: now - 9 * HOUR }));
    return pictures;
  };
  const newest = (pictures: MemoryStore): string[] => {
    const of = (name: string) => pictures.kept().filter(({ camera }) => camera === name);
    return [...of('door').slice(-2), ...of('yard').slice(-2)].map(({ id }) => id).sort();
  };
  const ids = (pictures: MemoryStore): string[] =>
    pictures
      .kept()
      .map(({ id }) => id)
      .sort();
  const tidying = async (t: T, pictures: MemoryStore) => {
    const { node, plugins = [], ...options } = await make(t);
    return run(t, text(node), { ...options, plugins: [...plugins, pictures.plugin] });
  };
  return [
    ...nodeCases<T>(async (t) => {
      const { node, plugins = [], ...options } = await make(t);
      const pictures = memoryStore();
      return { ...options, yaml: text(node), id: 'tidy', without: HEAD, plugins: [...plugins, pictures.plugin] };
    }),
    {
      title: 'it deletes exactly the pictures of its rule, each once',
      async run(t) {
        const pictures = await filled();
        const wanted = newest(pictures);
        await tidying(t, pictures);

        await until(() => pictures.kept().length === wanted.length, 'the old pictures to be deleted');
        await pictures.store.put(makeFrame('door', 8, { time: Date.now() }));
        await until(() => pictures.kept().length === wanted.length, 'the picture that is one too many now');

        assert.equal(pictures.deletions.length, new Set(pictures.deletions).size, 'none is deleted twice');
        assert.deepEqual(ids(pictures), newest(pictures));
        assert.ok(
          pictures.kept().some(({ camera }) => camera === 'yard'),
          'a camera with few pictures keeps them',
        );
      },
    },
    {
      title: 'a failing store makes it degraded, without a restart; it continues once the store works',
      async run(t) {
        const pictures = await filled();
        const wanted = newest(pictures);
        pictures.failWith(environment('full', 'The disk does not answer.'));
        const running = await tidying(t, pictures);

        const { state } = await running.state('tidy', 'degraded');
        const before = pictures.kept().length;
        pictures.failWith(undefined);
        await until(() => pictures.kept().length === wanted.length, 'the old pictures to be deleted');
        await running.state('tidy', 'running');

        assert.ok(
          'why' in state && /The disk does not answer\.$/.test(state.why),
          'it reports the message of the store',
        );
        assert.equal(before, 8);
        assert.deepEqual(ids(pictures), wanted);
        assert.equal(running.status('tidy').restarts, 0);
      },
    },
  ];
}
