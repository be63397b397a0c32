// Which of the expected consumers are there.

import t from 'tap';
import type { Delivery } from '../../../../core/contract/plugin.ts';
import { createReadiness } from '../../../../core/graph/flow/readiness.ts';

const expecting = (consumers: Readonly<Record<string, Delivery>>) => {
  const readiness = createReadiness();
  readiness.expect(new Map(Object.entries(consumers)));
  return readiness;
};

t.test('no consumer is expected at first', (t) => {
  const { complete, absent } = createReadiness();

  t.same({ complete, absent }, { complete: true, absent: [] });
  t.end();
});

t.test('those that are away and acknowledge are named', (t) => {
  const readiness = expecting({ store: 'every', viewer: 'live', small: 'through' });

  t.equal(readiness.complete, false);
  t.same(readiness.absent, ['store', 'small']);
  readiness.arrive('store');
  readiness.arrive('small');
  t.same(readiness.absent, []);
  t.equal(readiness.complete, false, 'the viewer is away');
  readiness.arrive('viewer');
  t.equal(readiness.complete, true);
  t.end();
});

t.test('a consumer of which two instances run is away when the second has left too', (t) => {
  const readiness = expecting({ store: 'every' });
  readiness.arrive('store');
  readiness.arrive('store');

  readiness.leave('store');
  t.equal(readiness.complete, true);
  readiness.leave('store');
  t.equal(readiness.complete, false);
  t.same(readiness.absent, ['store']);
  readiness.arrive('store');
  t.equal(readiness.complete, true);
  t.end();
});

t.test('who was there before being expected is there, and a stranger changes nothing', (t) => {
  const readiness = createReadiness();
  readiness.arrive('store');
  readiness.arrive('other');

  readiness.expect(new Map([['store', 'every']]));
  t.equal(readiness.complete, true);
  readiness.leave('other');
  readiness.leave('nobody');
  t.equal(readiness.complete, true);
  readiness.expect(new Map([['nobody', 'every']]));
  t.same(readiness.absent, ['nobody']);
  t.end();
});
