// The pictures of a store for viewers: from memory, or as stored.

import t from 'tap';
import { createMemoryBudget } from '../../../../core/base/memory.ts';
import type { Frame } from '../../../../core/contract/plugin.ts';
import { createNewest } from '../../../../plugins/kit/stills/newest.ts';
import { type StoreStills, storeStills } from '../../../../plugins/kit/store/stills.ts';
import { makeFrame } from '../../../../testing/index.ts';

function world(kept: Readonly<Record<string, Frame>> = {}, staleAfter?: number) {
  const lookups: string[] = [];
  const newest = createNewest();
  const memory = createMemoryBudget(2 ** 20).for('store');
  let now = 0;
  const node = { clock: { monotonic: () => now }, options: { stale_after: staleAfter } };
  const stills = storeStills({
    node: node as unknown as StoreStills['node'],
    newest,
    input: undefined,
    capture: async (camera) => makeFrame(camera, 1),
    async restore(camera) {
      lookups.push(camera);
      return kept[camera];
    },
  });
  return {
    ...{ lookups, stills },
    keep: (frame: Frame) => newest.keep(frame, 10, memory),
    at(ms: number) {
      now = ms;
    },
  };
}

t.test('stored pictures are looked up only for valid camera names', async (t) => {
  const { lookups, stills } = world({ gate: makeFrame('gate', 3) });

  t.equal((await stills.find?.('gate'))?.frame.seq, 3);
  t.equal(await stills.find?.('yard'), undefined);
  for (const name of ['../gate', 'a/b', '', 'gate\0', 'x'.repeat(129)]) t.equal(await stills.find?.(name), undefined);
  t.same(lookups, ['gate', 'yard'], 'other names do not reach the store');
});

t.test('a picture is stale beyond the age of the profile, and never without one', (t) => {
  for (const [staleAfter, stale] of [
    [100, [false, true]],
    [undefined, [false, false]],
  ] as const) {
    const { stills, keep, at } = world({}, staleAfter);
    const frame = { ...makeFrame('gate', 1), arrived: 0 };
    keep(frame);

    at(100);
    t.match(stills.latest('gate'), { frame, age: 100, stale: stale[0] });
    at(101);
    t.match(stills.latest('gate'), { frame, age: 101, stale: stale[1] });
    t.equal(stills.latest('yard'), undefined);
    t.same(stills.cameras(), ['gate']);
    t.notOk(stills.onDemand('gate'), 'no source captures for it');
  }
  t.end();
});
