// The table of `camd status`.

import t from 'tap';
import type { NodeStatus } from '../../../../core/contract/status.ts';
import { statusTable } from '../../../../plugins/command/status/table.ts';

const node = (metrics: Readonly<Record<string, number>>): NodeStatus => ({
  id: 'stream',
  use: 'http/stream',
  state: { is: 'running', since: 0 },
  framesIn: 10,
  framesOut: 0,
  bytesOut: 0,
  rate: 30,
  skipped: 0,
  refused: 0,
  restarts: 0,
  reserved: 0,
  metrics,
});
const table = (metrics: Readonly<Record<string, number>>): string =>
  statusTable(
    { version: '1', pid: 1, profile: 'p.yaml', startedAt: 0, reloads: { count: 0 }, nodes: [node(metrics)] },
    1000,
    false,
  );

t.test('the row of a stream shows its viewers, and those whose connection is too slow', async (t) => {
  t.match(table({ viewers: 1 }), /30\.0\/s +0 +1 viewer\n/);
  t.match(table({ viewers: 12, viewers_lagging: 2, lag_ms: 3400 }), /12 viewers, 2 lagging by up to 3s\n/);
  t.match(
    statusTable(
      {
        version: '1',
        pid: 1,
        profile: 'p',
        startedAt: 0,
        reloads: { count: 0 },
        nodes: [{ ...node({}), refused: 34 }],
      },
      1000,
      false,
    ),
    /34 frames refused\n/,
  );
  t.notMatch(table({ viewers: 0 }), /viewer/, 'no text without viewers');
});
