// The bounded map: kept and evicted entries, and values with a weight.

import t from 'tap';
import { createLru } from '../../../../plugins/kit/work/lru.ts';

const keysOf = (lru: { get(key: string): unknown }, keys: string) => [...keys].filter((key) => lru.get(key));

t.test('the least recently used entry is evicted first; reading and writing both count as use', async (t) => {
  const lru = createLru<string, number>(3);
  for (const key of 'abc') lru.set(key, 1);
  lru.get('a');
  lru.set('b', 2);
  lru.set('d', 1);

  t.same(keysOf(lru, 'abcd'), ['a', 'b', 'd']);
  t.equal(lru.get('b'), 2);
  t.equal(lru.size, 3);
});

t.test('weights are summed up over replacements and removals, and a value that is too heavy is not kept', async (t) => {
  const lru = createLru<string, string>(10, (value) => value.length);
  lru.set('a', '1234');
  lru.set('b', '1234');
  lru.set('a', '12');
  lru.set('c', '12345678901');
  const kept = [keysOf(lru, 'abc'), lru.size];
  lru.set('d', '12345678');
  lru.delete('x');
  const after = [keysOf(lru, 'abcd'), lru.size];
  lru.set('d', '12345678901');

  t.same(kept, [['a', 'b'], 6]);
  t.same(after, [['d'], 8]);
  t.same([keysOf(lru, 'abcd'), lru.size], [[], 0]);
});

t.test('a value as heavy as the limit of the map is kept alone', (t) => {
  const lru = createLru<string, string>(10, (value) => value.length);
  lru.set('a', '12345');
  lru.set('b', '12345');
  t.same([lru.keys(), lru.size], [['a', 'b'], 10]);
  lru.get('a');
  t.same(lru.keys(), ['b', 'a'], 'the last entry is the most recently used one');
  lru.set('c', '1234567890');
  t.same([lru.keys(), lru.size], [['c'], 10]);
  lru.delete('c');
  t.same([lru.keys(), lru.size, lru.get('c')], [[], 0, undefined]);
  t.end();
});
