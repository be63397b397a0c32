// Cases for every provider of `server`: routes and upgrades come and go, methods are separate, and no handler breaks it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Method, Route, Server } from '../../core/contract/ports.ts';
import { environment } from '../../core/contract/problems.ts';
import type { Ending } from '../ending.ts';
import { type RunOptions, run } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';
import { nodeCases } from './node.ts';

export interface ServerSetup extends RunOptions {
  /** `use` and options of a server without authentication, on a free port of the loopback. */
  readonly node: string;
}

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

const page = (path: string, body: string, methods: readonly Method[] = ['GET']): Route => ({
  methods,
  path,
  handler: (_request, reply) => reply.type('text/plain').send(body),
});

export function serverCases<T extends Ending>(make: (t: T) => ServerSetup | Promise<ServerSetup>): readonly Case<T>[] {
  const text = (node: string): string => `camd: 1\npipeline:\n  web: { ${node} }\n`;
  const open = async (t: T): Promise<Server> => {
    const { node, ...options } = await make(t);
    return (await run(t, text(node), options)).port('web', 'server');
  };
  return [
    ...nodeCases<T>(async (t) => {
      const { node, ...options } = await make(t);
      return { ...options, yaml: text(node), id: 'web' };
    }),
    {
      title: 'a route is served until it is released, and is listed',
      async run(t) {
        const server = await open(t);

        const release = server.route(page('/a', 'one'));
        const listed = server.paths().includes('/a');
        const answer = await fetch(`${server.origin}/a`);
        release();
        release();

        assert.equal(`${answer.status} ${await answer.text()}`, '200 one');
        assert.ok(listed);
        assert.ok(!server.paths().includes('/a'));
        await until(async () => (await fetch(`${server.origin}/a`)).status === 404, 'the route to be gone');
      },
    },
    {
      title: 'path segments are decoded and passed to the handler, and a fixed path has priority over them',
      async run(t) {
        const server = await open(t);
        const seen: Readonly<Record<string, string>>[] = [];
        server.route({
          methods: ['GET'],
          path: '/of/{camera}/{rest*}',
          handler(_request, reply, params) {
            seen.push(params);
            return reply.send('any');
          },
        });
        server.route(page('/of/door/now', 'fixed'));

        await fetch(`${server.origin}/of/caf%C3%A9/a/b.jpg?x=1`);
        const fixed = await (await fetch(`${server.origin}/of/door/now`)).text();

        assert.deepEqual({ ...seen[0] }, { camera: 'café', rest: 'a/b.jpg' });
        assert.equal(fixed, 'fixed');
      },
    },
    {
      title: 'HEAD goes to a GET route, and other methods are answered with 405 and the allowed methods',
      async run(t) {
        const server = await open(t);
        server.route(page('/a', 'one'));
        server.route(page('/a', 'sent', ['POST']));

        const head = await fetch(`${server.origin}/a`, { method: 'HEAD' });
        const sent = await fetch(`${server.origin}/a`, { method: 'POST', body: 'x' });
        const wrong = await fetch(`${server.origin}/a`, { method: 'PUT', body: 'x' });

        assert.equal(head.status, 200);
        assert.equal(await sent.text(), 'sent');
        assert.equal(wrong.status, 405);
        assert.match(String(wrong.headers.get('allow')), /GET.*POST|POST.*GET/);
      },
    },
    {
      title: 'a handler that throws is answered with 500, an environment fault with 503 and its message',
      async run(t) {
        const server = await open(t);
        server.route({
          methods: ['GET'],
          path: '/thrown',
          handler() {
            throw new Error('secret-of-the-handler');
          },
        });
        server.route({
          methods: ['GET'],
          path: '/away',
          handler: () => Promise.reject(environment('away', 'The camera is away.')),
        });
        server.route(page('/well', 'well'));

        const thrown = await fetch(`${server.origin}/thrown`);
        const away = await fetch(`${server.origin}/away`);

        assert.equal(thrown.status, 500);
        assert.ok(!(await thrown.text()).includes('secret-of-the-handler'));
        assert.equal(away.status, 503);
        assert.match(await away.text(), /The camera is away\./);
        assert.equal((await fetch(`${server.origin}/well`)).status, 200);
      },
    },
    {
      title: 'a page of another origin changes nothing',
      async run(t) {
        const server = await open(t);
        let changed = 0;
        server.route({
          methods: ['POST'],
          path: '/change',
          handler(_request, reply) {
            changed++;
            return reply.send('done');
          },
        });

        const headers = { origin: 'https://evil.example' };
        const foreign = await fetch(`${server.origin}/change`, { method: 'POST', body: 'x', headers });

        assert.equal(foreign.status, 403);
        assert.equal(changed, 0);
      },
    },
    {
      title: 'an upgrade passes its socket to the handler until its release',
      async run(t) {
        const server = await open(t);
        const release = server.upgrade({
          path: '/live',
          handler: (_request, socket) => void socket.end(`${SWITCH}hello`),
        });
        const upgrade = (): ReturnType<typeof request> =>
          request(`${server.origin}/live`, {
            headers: { connection: 'Upgrade', upgrade: 'websocket' },
            agent: false,
          }).end();

        const [response, socket, head] = await once(upgrade(), 'upgrade');
        const text = await read(socket, head);
        release();
        const [refused] = await once(upgrade(), 'response');

        assert.equal(response.statusCode, 101);
        assert.equal(text, 'hello');
        assert.ok(refused.statusCode >= 400, `${refused.statusCode}`);
        refused.destroy();
      },
    },
  ];
}

async function read(socket: NodeJS.ReadableStream, head: Buffer): Promise<string> {
  const chunks = [head];
  for await (const chunk of socket) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
