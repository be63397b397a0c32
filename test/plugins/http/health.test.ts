// http/health: liveness and readiness, and how soon they change.

import { createServer, type Server } from 'node:net';
import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

interface Answer {
  readonly status: number;
  readonly body: { ok: boolean; faults: { node: string; state: string; why?: string }[]; warnings: { node: string }[] };
}

async function ask(origin: string, path: string): Promise<Answer> {
  const response = await fetch(`${origin}${path}`);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** A camera that sends ten pictures per second until it is closed. */
function camera(port: number): Promise<Server> {
  const picture = sampleJpeg({ width: 32, height: 32 });
  const server = createServer((socket) => {
    const timer = setInterval(() => socket.write(picture), 100);
    socket.on('error', () => {});
    socket.on('close', () => clearInterval(timer));
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

t.test('readiness names a failed node within seconds, and succeeds again once the node recovers', async (t) => {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        gate: { use: source/tcp, connect: '127.0.0.1:${port}', timeout: 1s }
        latest: { use: cache/latest, from: gate }
        web: { use: http/server, listen: '127.0.0.1:0' }
        health: { use: http/health, on: web }
        snapshot: { use: http/snapshot, on: web, from: latest }
    `,
  );
  const { origin } = camd.port('web', 'server');
  await camd.state('gate', 'degraded');

  t.match(await ask(origin, '/healthz'), { status: 200, body: { ok: true } });
  t.match(await ask(origin, '/readyz'), {
    status: 503,
    body: {
      ok: false,
      faults: [{ node: 'gate', use: 'source/tcp', state: 'degraded', why: /nothing is listening there/ }],
    },
  });

  const one = await camera(port);
  t.teardown(() => one.close());
  const ready = await until(async () => {
    const answer = await ask(origin, '/readyz');
    return answer.status === 200 && answer;
  }, 'the camera to be ready');

  t.same(ready.body, { ok: true, faults: [], warnings: [] });
});

t.test('optional nodes are warnings, and with a list of required nodes only those count', async (t) => {
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        gate: { use: source/tcp, connect: '127.0.0.1:${await freePort()}' }
        yard: { use: source/test-pattern, size: 160x120 }
        latest: { use: cache/latest, from: [gate, yard] }
        web: { use: http/server, listen: '127.0.0.1:0' }
        lenient: { use: http/health, on: web, optional: [gate], ready: /lenient }
        strict: { use: http/health, on: web, required: [yard, latest], ready: /strict, live: /alive }
        snapshot: { use: http/snapshot, on: web, from: latest, path: '/{camera}.jpg' }
    `,
  );
  const { origin } = camd.port('web', 'server');
  await camd.state('gate', 'degraded');

  for (const path of ['/lenient', '/strict']) {
    const { status, body } = await ask(origin, path);
    t.equal(status, 200);
    t.match(body, { ok: true, faults: [], warnings: [{ node: 'gate' }] });
  }
});

t.test('a missing node cannot be required', async (t) => {
  await t.rejects(
    run(
      t,
      dedent`
        camd: 1
        pipeline:
          web: { use: http/server, listen: '127.0.0.1:0' }
          health: { use: http/health, on: web, required: [webb] }
      `,
    ),
    { message: /unknown-node[\s\S]*did you mean "web"/ },
  );
});
