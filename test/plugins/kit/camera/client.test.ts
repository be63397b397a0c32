// The HTTP client for cameras against simulated ones: connections, redirects, logins, cookies, deadlines and unread bytes.

import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  type CameraClientOptions,
  type CameraRequest,
  type CameraResponse,
  createCameraClient,
  MAX_DISCARD_MS,
  MAX_DISCARDED,
  MAX_LOGINS,
} from '../../../../plugins/kit/camera/client.ts';
import type { Authenticator } from '../../../../plugins/kit/http/auth.ts';
import { MAX_REDIRECTS } from '../../../../plugins/kit/http/redirect.ts';
import { fakeCamera, response } from '../../../support/fake-camera.ts';
import { freePort } from '../../../support/free-port.ts';
import { until } from '../../../support/until.ts';

type Answer = Parameters<typeof fakeCamera>[1];

async function clientOf(t: Test, answer: Answer, options: Partial<CameraClientOptions> = {}) {
  const camera = await fakeCamera(t, answer);
  const odd: string[] = [];
  const client = createCameraClient({ connectTimeout: 10_000, odd: (code) => odd.push(code), ...options });
  t.teardown(() => client.close());
  const request = (path: string, more: Partial<CameraRequest> = {}): CameraRequest => ({
    ...{ url: new URL(path, `http://127.0.0.1:${camera.port}`), headers: {}, deadline: 20_000, auth: undefined },
    ...more,
  });
  const text = async (answer: CameraResponse): Promise<string> => {
    let found = '';
    await answer.read((chunk) => {
      found += chunk.toString('latin1');
    });
    await answer.finish();
    return `${answer.status} ${found}`;
  };
  const get = (path: string, more?: Partial<CameraRequest>) => client.run(request(path, more), text);
  return { camera, client, request, get, odd };
}

/** Paths of the requests so far, with the value of a header. */
const seen = (requests: readonly string[], header?: string): string[] =>
  requests.map((head) => {
    const value = header && new RegExp(`^${header}: (.*)$`, 'im').exec(head)?.[1]?.trim();
    return [head.split(' ')[1], ...(value ? [value] : [])].join(' ');
  });

t.test('requests share one connection while each answer is read to its end', async (t) => {
  const sockets = new Set<unknown>();
  const { camera, get } = await clientOf(t, (socket, _, count) => {
    sockets.add(socket);
    socket.write(response('200 OK', count === 3 ? ['Connection: close'] : [], `body ${count}`));
  });
  for (const count of [1, 2, 3]) t.equal(await get('/x?y=1'), `200 body ${count}`);
  t.equal(sockets.size, 1);
  t.equal(await get('/x'), '200 body 4');
  t.equal(sockets.size, 2);
  t.same(seen(camera.requests), ['/x?y=1', '/x?y=1', '/x?y=1', '/x']);
});

t.test('a connection closed by the camera meanwhile is replaced', async (t) => {
  const { camera, get } = await clientOf(t, (socket, _, count) => {
    if (count === 2) socket.destroy();
    else socket.write(response('200 OK', [], `body ${count}`));
  });
  t.equal(await get('/a'), '200 body 1');
  t.equal(await get('/b'), '200 body 3');
  t.same(seen(camera.requests), ['/a', '/b', '/b']);
});

t.test('a connection that breaks during an answer is an error', async (t) => {
  const { get } = await clientOf(t, (socket, _, count) => {
    if (count === 1) socket.write(response('200 OK', [], 'one'));
    else socket.end('HTTP/1.1 2');
  });
  await get('/a');
  await t.rejects(get('/b'), {
    blame: 'environment',
    code: 'unreachable',
    message: /cannot be read: the other side closed the connection/,
  });
});

t.test('a camera that is unreachable, or does not speak HTTP', async (t) => {
  const { camera, get, request, client } = await clientOf(t, (socket) => socket.write('SSH-2.0-x\r\n'));
  await t.rejects(get('/'), { code: 'unreachable', message: /is not valid HTTP: it begins with "SSH-2.0-x"/ });
  t.equal(camera.requests.length, 1);
  const url = new URL(`http://user:secret@127.0.0.1:${await freePort()}/x`);
  const refused = await client.run({ ...request('/'), url }, async () => undefined).catch((cause) => cause);
  t.match(refused, { blame: 'environment', code: 'unreachable' });
  t.notMatch(refused.message, 'secret');
});

t.test('redirects are followed on the same host, up to a limit', async (t) => {
  const { camera, get } = await clientOf(t, (socket, head) => {
    const [, count = '0', least = '0'] = /\/(\d+)\/(\d+)/.exec(head) ?? [];
    const isLast = Number(count) <= Number(least);
    if (isLast) socket.write(response('200 OK', [], 'here'));
    else socket.write(response('302 Found', [`Location: /${Number(count) - 1}/${least}`], 'elsewhere'));
  });
  t.equal(await get(`/${MAX_REDIRECTS}/0`), '200 here');
  t.equal(camera.requests.length, MAX_REDIRECTS + 1);
  await t.rejects(get(`/${MAX_REDIRECTS + 1}/0`), { code: 'bad-redirect', message: /more than 5 times/ });

  const nowhere = await clientOf(t, (socket) => socket.write(response('302 Found', [], 'no place')));
  t.equal(await nowhere.get('/'), '302 no place');
  const other = await clientOf(t, (socket) => socket.write(response('301 x', ['Location: http://example.com/'])));
  await t.rejects(other.get('/'), { code: 'bad-redirect' });
});

const login = (more: Partial<Authenticator> = {}): Authenticator & { calls: unknown[] } => {
  const calls: unknown[] = [];
  return {
    calls,
    authorize: (method, uri) => `Test ${method} ${uri}`,
    challenged: (header) => calls.push(header) > 0,
    denied: () => calls.push('denied') > 0,
    wasSent: true,
    ...more,
  };
};

t.test('credentials and headers of the profile are sent only to the origin of the profile', async (t) => {
  const other = await fakeCamera(t, (socket) => socket.write(response('401 No', ['WWW-Authenticate: Basic'], 'other')));
  const { camera, get } = await clientOf(t, (socket) =>
    socket.write(response('302 Found', [`Location: http://127.0.0.1:${other.port}/there`])),
  );
  const auth = login();
  const headers = { 'x-key': 'secret', accept: 'image/jpeg' };

  t.equal(await get('/here?a=1', { auth, headers }), '401 other');

  t.same(seen(camera.requests, 'authorization'), ['/here?a=1 Test GET /here?a=1']);
  t.same(seen(camera.requests, 'x-key'), ['/here?a=1 secret']);
  t.same(seen(other.requests, 'authorization'), ['/there']);
  t.same(seen(other.requests, 'x-key'), ['/there']);
  t.same(seen(other.requests, 'accept'), ['/there image/jpeg']);
  t.same(auth.calls, [], 'a challenge of another origin is ignored');
});

t.test('a login is repeated a few times, as the authenticator decides', async (t) => {
  const denying = (status: string, headers: string[] = []) =>
    clientOf(t, (socket) => socket.write(response(`${status} No`, headers, 'no')));
  const first = await denying('401', ['WWW-Authenticate: Basic realm="x"']);
  const auth = login();
  t.equal(await first.get('/', { auth }), '401 no');
  t.equal(first.camera.requests.length, 1 + MAX_LOGINS);
  t.same(auth.calls, new Array(MAX_LOGINS).fill('Basic realm="x"'));
  t.equal(first.camera.open(), 1, 'over one connection');

  for (const status of ['400', '403']) {
    const { get, camera } = await denying(status);
    const auth = login();
    t.equal(await get('/', { auth }), `${status} no`);
    t.same([camera.requests.length, auth.calls[0]], [1 + MAX_LOGINS, 'denied']);
  }
  for (const [status, auth] of [
    ['401', login({ challenged: () => false })],
    ['403', login({ denied: () => false })],
    ['404', login()],
    ['500', login()],
    ['401', undefined],
  ] as const) {
    const { get, camera } = await denying(status);
    await get('/', { auth });
    t.equal(camera.requests.length, 1, status);
  }
});

t.test('cookies are sent back, unless the profile has cookies of its own', async (t) => {
  const { camera, get } = await clientOf(t, (socket) =>
    socket.write(response('200 OK', ['Set-Cookie: sid=7; Path=/'], 'x')),
  );
  await get('/a');
  await get('/b');
  await get('/c', { headers: { Cookie: 'mine=1' } });
  t.same(seen(camera.requests, 'cookie'), ['/a', '/b sid=7', '/c mine=1']);
});

t.test('the rest of a small body is read, and the connection used again', async (t) => {
  const sockets = new Set<unknown>();
  const sizes = [10, MAX_DISCARDED, 6 * MAX_DISCARDED, 10];
  const { client, request } = await clientOf(t, (socket, _, count) => {
    sockets.add(socket);
    socket.write(response('200 OK', [], Buffer.alloc(sizes[count - 1] ?? 0)));
  });
  const connections: number[] = [];
  for (const _ of sizes) {
    await client.run(request('/'), (answer) => answer.finish());
    connections.push(sockets.size);
  }
  t.same(connections, [1, 1, 1, 2]);
});

t.test('a connection with a finished body stays open for the next request for any time', async (t) => {
  const sockets = new Set<unknown>();
  const { get } = await clientOf(t, (socket) => {
    sockets.add(socket);
    socket.write(response('200 OK', [], 'x'));
  });
  await get('/');
  await new Promise((resolve) => setTimeout(resolve, 2 * MAX_DISCARD_MS));
  await get('/');
  t.equal(sockets.size, 1);
});

t.test(
  'a body that does not end soon is dropped with its connection, and the next request waits for that',
  async (t) => {
    const { camera, client, request, get } = await clientOf(t, (socket, _, count) => {
      if (count === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
      else socket.write(response('200 OK', [], `open: ${camera.open()}`));
    });
    const first = await client.open(request('/a'));
    void first.finish();
    t.equal(await get('/b'), '200 open: 1');
  },
);

t.test('a deadline covers all the work of "run", and of "open" only the time until the answer begins', async (t) => {
  const { camera, client, request } = await clientOf(t, (socket, head) => {
    if (head.includes('/begins')) socket.write('HTTP/1.1 200 OK\r\n\r\nabc');
  });
  await t.rejects(client.open(request('/never', { deadline: 50 })), {
    code: 'deadline',
    message: /\/never did not complete its answer within 50 ms/,
  });
  await until(() => camera.open() === 0, 'the connection to end');
  const late = client.run(request('/begins', { deadline: 300 }), (answer) => answer.read(() => {}));
  await t.rejects(late, { code: 'deadline' });
  await until(() => camera.open() === 0, 'the connection to end');

  const deadline = 1500;
  const opened = await client.open(request('/begins', { deadline }));
  let isOver = false;
  const reading = opened
    .read(() => {})
    .finally(() => {
      isOver = true;
    });
  await new Promise((resolve) => setTimeout(resolve, deadline + 100));
  t.notOk(isOver, 'the body has no deadline');
  opened.destroy();
  await reading;
});

t.test('the signal of the caller ends a request at any time, with its own reason', async (t) => {
  const { camera, client, request } = await clientOf(t, (socket, head) => {
    if (head.includes('/begins')) socket.write('HTTP/1.1 200 OK\r\n\r\nabc');
  });
  const why = new Error('enough');
  for (const work of ['open', 'run'] as const) {
    const ending = new AbortController();
    const pending: Promise<unknown> = client[work](request('/never', { signal: ending.signal }), async () => {});
    const before = camera.requests.length;
    await until(() => camera.requests.length > before || camera.open() > 0, 'the request');
    ending.abort(why);
    await t.rejects(
      pending.then(() => {}),
      why,
    );
    await until(() => camera.open() === 0, 'the connection to end');
  }
  const ending = new AbortController();
  const opened = await client.open(request('/begins', { signal: ending.signal }));
  const reading = opened.read(() => {});
  ending.abort(why);
  t.equal(await reading, 'complete');
  await until(() => camera.open() === 0, 'the connection to end');

  await t.rejects(client.open(request('/begins', { signal: AbortSignal.abort(why) })), why);
});

t.test('an error thrown by the work is passed on, and a mistake of the program is not wrapped', async (t) => {
  const { client, request } = await clientOf(t, (socket) => socket.write(response('200 OK', [], 'x')));
  const mistake = new TypeError('no such thing');
  await t.rejects(
    client.run(request('/'), async () => {
      throw mistake;
    }),
    mistake,
  );
  await t.rejects(
    client.run(request('/'), async () => {
      throw Object.assign(new Error('x'), { code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' });
    }),
    { code: 'unreachable', message: /tls: \{ min_version: "1\.0" \}/ },
  );
});

t.test('closing ends every connection, including idle ones', async (t) => {
  const { camera, client, request, get } = await clientOf(t, (socket, head) =>
    socket.write(head.includes('/endless') ? 'HTTP/1.1 200 OK\r\n\r\nabc' : response('200 OK', [], 'x')),
  );
  const endless = await client.open(request('/endless'));
  await get('/');
  await turn();
  t.equal(camera.open(), 2);
  client.close();
  await until(() => camera.open() === 0, 'the connections to end');
  t.equal(await endless.read(() => {}), 'complete');
});
