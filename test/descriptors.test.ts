// At the limit of file descriptors: the log says that connections cannot be accepted, and camd serves again when some are free.

import { connect, type Socket } from 'node:net';
import t from 'tap';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { until } from './support/until.ts';

const DESCRIPTORS = 100;

t.test('connections beyond the file descriptors are logged, with the limit to raise', async (t) => {
  const daemon = await startDaemon(
    t,
    dedent`
      camd: 1
      pipeline:
        gate: { use: source/test-pattern, fps: 1, size: 160x120 }
        latest: { use: cache/latest, from: gate }
        web: { use: http/server, listen: '127.0.0.1:0' }
        snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
    `,
    { shell: `ulimit -n ${DESCRIPTORS}; exec "$@"` },
  );
  const origin = await daemon.origin('web');
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let at = 0; at < DESCRIPTORS; at++) {
    sockets.push(connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => {}));
  }

  const logged = await daemon.line('connections cannot be accepted');
  for (const socket of sockets) socket.destroy();
  const served = await until(
    () =>
      fetch(`${origin}/snapshot.jpg`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    'a picture',
  );

  t.match(logged, { level: 'error', why: /no free file descriptor; raise LimitNOFILE/ });
  t.ok(served);
});
