// "camd is up" is a promise: it is not made when the only server could not start.

import { createServer } from 'node:net';
import t from 'tap';
import { startDaemon } from '../../support/daemon.ts';

t.test('with a taken port the log says that none of the servers runs, and not that camd is up', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void taken.close());
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  const daemon = await startDaemon(
    t,
    `camd: 1
pipeline:
  gate: { use: source/test-pattern, fps: 1, size: 160x120 }
  latest: { use: cache/latest, from: gate }
  web: { use: http/server, listen: '127.0.0.1:${port}' }
  snapshot: { use: http/snapshot, on: web, from: latest }
`,
    { wait: false },
  );
  const warning = await daemon.line('camd is running, but none of its servers is');

  t.match(warning, { level: 'warn', servers: [/web/] });
  t.notOk(daemon.lines.some(({ msg }) => msg === 'camd is up'));
});
