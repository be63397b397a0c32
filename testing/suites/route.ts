// Cases for every node that serves HTTP routes: HTTP and server rules, removal and return, and no open resources.

import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { WebSocket } from 'ws';
import type { Ending } from '../ending.ts';
import { makeCapture } from '../frame.ts';
import { held } from '../held.ts';
import { createFeed } from '../probe.ts';
import { type Running, type RunOptions, run } from '../run.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';
import { nodeCases } from './node.ts';

export interface RouteSetup extends RunOptions {
  /**
   * `use` and options, such as "use: http/stream, on: web, from: latest, path: /stream". The profile has the source "camera", the cache
   * "latest" for it, and the server "web", which requires a token.
   */
  readonly node: string;
  /** Further nodes, as lines of the pipeline. */
  readonly beside?: string;
  /** The requested path; the answer has a status below 300, or `status`. */
  readonly path: string;
  readonly status?: number;
  /** Start of the answer's Content-Type. */
  readonly type: string;
  /** Path of a WebSocket that gets a message with each frame. */
  readonly socket?: string;
  /** First message of the client there. */
  readonly greeting?: string;
}

const TOKEN = 'token-of-the-suite';
const KNOWN = { authorization: `Bearer ${TOKEN}` };
/** Number of clients that leave during an answer. */
const LEAVERS = 10;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first bytes of the body; empty if there is none. */
  readonly begin: Buffer;
}

/** Leaves when the body begins or the answer ends, because streams have no end. */
function ask(origin: string, path: string, method = 'GET', headers: Record<string, string> = KNOWN): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${path}`, { method, headers, agent: false }, (response) => {
      const done = (begin: Buffer): void => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, begin });
        sent.destroy();
      };
      response.once('data', done);
      response.once('end', () => done(Buffer.alloc(0)));
      response.on('error', () => {});
    });
    sent.on('error', reject);
    sent.end();
  });
}

const typeOf = ({ headers }: Answer): string | undefined => headers['content-type']?.split(';')[0];

export function routeCases<T extends Ending>(make: (t: T) => RouteSetup | Promise<RouteSetup>): readonly Case<T>[] {
  const auth = `auth: { bearer: { tokens: ['${TOKEN}'] } }`;
  const head = (beside: string, more = ''): string => `camd: 1
pipeline:
  camera: { use: test/feed }
  latest: { use: cache/latest, from: camera }
  web: { use: http/server, listen: '127.0.0.1:0', ${auth}${more} }
${beside.replace(/\n?$/, '\n')}`;
  const served = async (t: T) => {
    const { node, beside = '', path, status, type, socket, greeting, plugins = [], ...options } = await make(t);
    const feed = createFeed(() => makeCapture(9));
    const text = (more = ''): string => `${head(beside, more)}  page: { ${node} }\n`;
    const running = await run(t, text(), { ...options, plugins: [...plugins, feed.plugin] });
    await feed.send(makeCapture(1), false);
    const origin = (): string => running.port('web', 'server').origin;
    const good = ({ status: found, headers }: Answer): boolean =>
      (status === undefined ? found < 300 : found === status) && String(headers['content-type']).startsWith(type);
    /** Repeats the request until the answer is right, because some nodes answer 503 until they have read their pictures. */
    const untilAnswered = async (): Promise<Answer> => {
      let last: Answer | undefined;
      return until(
        async () => {
          last = await ask(origin(), path);
          return good(last) && last;
        },
        () => `the right answer; the last one was ${last?.status} ${last?.headers['content-type']} ${last?.begin}`,
      );
    };
    return { running, feed, text, without: head(beside), origin, path, socket, greeting, untilAnswered };
  };
  const metric = (running: Running, name: string): number => running.status('page').metrics[name] ?? 0;
  return [
    ...nodeCases<T>(async (t) => {
      const { node, beside = '', path: _path, status: _status, type: _type, plugins = [], ...options } = await make(t);
      const yaml = `${head(beside)}  page: { ${node} }\n`;
      return { ...options, yaml, id: 'page', without: head(beside), plugins: [...plugins, createFeed().plugin] };
    }),
    {
      title: 'GET is answered with its type, and HEAD as GET without a body',
      async run(t) {
        const { origin, path, untilAnswered } = await served(t);

        const got = await untilAnswered();
        const headAnswer = await ask(origin(), path, 'HEAD');

        assert.equal(headAnswer.status, got.status);
        assert.equal(typeOf(headAnswer), typeOf(got));
        assert.equal(headAnswer.begin.length, 0);
      },
    },
    {
      title: 'without credentials, every request is refused if the server requires them',
      async run(t) {
        const { origin, path, untilAnswered } = await served(t);
        await untilAnswered();

        for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
          assert.equal((await ask(origin(), path, 'GET', headers)).status, 401);
        }
      },
    },
    {
      title: 'unexpected methods and queries are refused or ignored, and cause no server error',
      async run(t) {
        const { origin, path, untilAnswered, running } = await served(t);
        await untilAnswered();
        const mark = path.includes('?') ? '&' : '?';

        const statuses = [
          (await ask(origin(), path, 'DELETE')).status,
          (await ask(origin(), `${path}${mark}a=1&a=2&%zz&b[c]=%00&cacheBust=${'9'.repeat(500)}`)).status,
          (await ask(origin(), `${path}${mark}after=x&rate=-1&limit=1e99&width=NaN`)).status,
        ];

        assert.ok((statuses[0] ?? 0) >= 400, `DELETE was answered with ${statuses[0]}`);
        assert.deepEqual(
          statuses.filter((status) => status === 500 || status === 501),
          [],
        );
        assert.equal(running.status('page').restarts, 0);
      },
    },
    {
      title: 'a reload that removes it removes its route, and the next one restores it',
      async run(t) {
        const { running, text, without, origin, path, untilAnswered } = await served(t);
        await untilAnswered();
        const before = origin();

        const removed = await running.reload(without);
        await until(async () => (await ask(before, path)).status === 404, 'the route to be gone');
        const returned = await running.reload(text());

        assert.ok(removed.ok && returned.ok);
        await untilAnswered();
      },
    },
    {
      title: 'it still answers after its server is replaced',
      async run(t) {
        const { running, text, origin, untilAnswered } = await served(t);
        await untilAnswered();
        const before = origin();

        const replaced = await running.reload(text(', max_connections: 77'));

        assert.ok(replaced.ok);
        assert.equal(origin(), before);
        await untilAnswered();
      },
    },
    {
      title: 'clients that leave during an answer leave no open connections behind',
      async run(t) {
        const { origin, path, untilAnswered, running } = await served(t);
        await untilAnswered();
        const before = await until(() => held(), 'the resources held before');

        await Promise.all(Array.from({ length: LEAVERS }, () => ask(origin(), path)));

        await until(() => held() <= before, 'the connections to be gone');
        await until(() => metric(running, 'viewers') === 0, 'the viewers to be gone');
      },
    },
    {
      title: 'a WebSocket gets a message with each frame, and is closed when the node is removed',
      async run(t) {
        const { running, feed, origin, socket, greeting, without } = await served(t);
        if (socket === undefined) return;
        const client = new WebSocket(`${origin().replace('http', 'ws')}${socket}`, { headers: KNOWN });
        let messages = 0;
        let isClosed = false;
        if (greeting !== undefined) client.on('open', () => client.send(greeting));
        client.on('message', () => void messages++);
        client.on('close', () => {
          isClosed = true;
        });
        client.on('error', () => {});

        await until(async () => {
          await feed.send(makeCapture(messages + 2), false);
          return messages >= 2;
        }, 'two messages');
        await running.reload(without);

        await until(() => isClosed, 'the WebSocket to be closed');
      },
    },
  ];
}
