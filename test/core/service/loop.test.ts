// The log reports that the event loop was blocked.

import t from 'tap';
import { createLog } from '../../../core/base/log.ts';
import { BLOCKED_MS, watchLoop } from '../../../core/service/loop.ts';
import { until } from '../../support/until.ts';

t.test('a loop blocked for a second is logged, with the time', async (t) => {
  const lines: string[] = [];
  let now = 0;
  const stop = watchLoop(createLog({ level: 'info', write: (line) => void lines.push(line) }), () => now, 5);
  t.teardown(stop);

  now += BLOCKED_MS + 500;
  await until(() => lines.length > 0, 'the line');

  t.match(JSON.parse(lines[0] ?? ''), { level: 'warn', msg: 'the event loop was blocked' });
  t.equal(lines.length, 1);
});
