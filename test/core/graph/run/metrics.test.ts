// Counters and gauges of a node.

import t from 'tap';
import { createMetrics, MAX_METRICS } from '../../../../core/graph/run/metrics.ts';

t.test('counters outlive the instance, gauges do not', (t) => {
  const metrics = createMetrics();
  let size = 3;

  metrics.count('sent_total');
  metrics.count('sent_total', 4);
  metrics.count('lost_total', 0);
  metrics.gauge('size', () => size);
  t.same(metrics.read(), { sent_total: 5, lost_total: 0, size: 3 });
  size = 4;
  t.equal(metrics.read().size, 4);
  metrics.gauge('size', () => 9);
  t.equal(metrics.read().size, 9);
  metrics.dropGauges();
  t.same(metrics.read(), { sent_total: 5, lost_total: 0 });
  metrics.count('sent_total');
  t.equal(metrics.read().sent_total, 6);
  t.end();
});

t.test('names past the limit are ignored, known ones are not', (t) => {
  const metrics = createMetrics();
  for (let index = 0; index <= MAX_METRICS; index++) {
    metrics.count(`c${index}`);
    metrics.gauge(`g${index}`, () => 1);
  }
  metrics.count('c0');
  metrics.gauge('g0', () => 2);

  const found = metrics.read();
  t.equal(Object.keys(found).length, 2 * MAX_METRICS);
  t.match(found, { c0: 2, g0: 2, [`c${MAX_METRICS - 1}`]: 1, [`g${MAX_METRICS - 1}`]: 1 });
  t.notOk(`c${MAX_METRICS}` in found);
  t.end();
});
