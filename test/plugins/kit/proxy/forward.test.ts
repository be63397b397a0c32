// Requests through a reverse proxy, between a real visitor and a real server: forwarded and changed parts, and answers without a server.

import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import t, { type Test } from 'tap';
import type { HttpReply, HttpRequest } from '../../../../core/contract/http.ts';
import { type Forward, forward, visitorOf } from '../../../../plugins/kit/proxy/forward.ts';
import { createUpstream } from '../../../../plugins/kit/proxy/upstream.ts';
import { type FakeAnswer, type FakeRequest, fakeServer } from '../../../../testing/index.ts';
import { until } from '../../../support/until.ts';

function replyOf(raw: HttpReply['raw']): HttpReply {
  const reply = {
    raw,
    get sent() {
      return raw.headersSent;
    },
    code(status: number) {
      raw.statusCode = status;
      return reply;
    },
    header(name: string, value: string) {
      raw.setHeader(name, value);
      return reply;
    },
    headers(values: Readonly<Record<string, string | string[]>>) {
      for (const [name, value] of Object.entries(values)) raw.setHeader(name, value);
      return reply;
    },
    send(body?: unknown) {
      if (body instanceof Readable) body.pipe(raw);
      else raw.end(typeof body === 'object' ? JSON.stringify(body) : body);
      return reply;
    },
  } as unknown as HttpReply;
  return reply;
}

async function world(
  t: Test,
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>,
  wanted: Partial<Forward> = {},
  timeoutMs = 60_000,
) {
  const behind = await fakeServer(t, answer);
  const journal: string[] = [];
  const upstream = createUpstream({
    to: `${behind.origin}/base/`,
    timeoutMs,
    connections: 2,
    headers: { 'X-Api-Key': 'k' },
    onAnswer: (status) => void journal.push(String(status)),
    onAway: (why) => void journal.push(why === '' ? '' : 'away'),
  });
  t.teardown(() => upstream.dispatcher.destroy());
  const stop = new AbortController();
  const ends: Promise<unknown>[] = [];
  const server = createServer((raw, response) => {
    const request = { raw, headers: raw.headers, method: raw.method, ip: '192.0.2.1', protocol: 'http' };
    const target = { target: '/a?b=c', ...wanted };
    ends.push(forward(request as HttpRequest, replyOf(response), upstream, target, stop.signal));
  }).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = async (method = 'GET', headers: Readonly<Record<string, string>> = {}) => {
    const [response] = await once(send({ host: '127.0.0.1', port, method, headers }).end(), 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
  };
  return { behind, get, journal, port, stop, ends };
}

t.test('a request and its answer are forwarded, with the headers of the proxy', async (t) => {
  const answer = {
    status: 201,
    headers: { 'x-a': 'b', server: 'hidden', 'content-type': 'text/plain', 'content-length': '5' },
    body: 'hello',
  };
  const { behind, get, journal } = await world(t, () => answer, {
    body: Buffer.from('sent'),
    drop: new Set(['x-drop']),
  });
  const reply = await get('POST', { 'x-drop': '1', 'x-keep': '2', 'x-api-key': 'own' });

  t.match(reply, { status: 201, headers: { 'x-a': 'b', 'content-length': '5' }, body: 'hello' });
  t.notOk('server' in reply.headers);
  t.match(behind.requests, [
    {
      method: 'POST',
      url: '/base/a?b=c',
      headers: { 'x-keep': '2', 'x-api-key': 'k', 'x-forwarded-for': '192.0.2.1' },
    },
  ]);
  t.equal(behind.requests[0]?.body.toString(), 'sent');
  t.notOk('x-drop' in (behind.requests[0]?.headers ?? {}));
  t.same(journal, ['201']);
});

t.test('HEAD, 204 and 304 have no body, and HEAD keeps the length', async (t) => {
  const { get } = await world(t, () => ({ headers: { 'content-length': '7', 'content-type': 'application/json' } }));
  t.match(await get('HEAD'), { status: 200, headers: { 'content-length': '7' }, body: '' });
  for (const status of [204, 304]) {
    const empty = await world(t, () => ({ status }), { translate: { text: () => 'changed', maxText: 100 } });
    t.match(await empty.get(), { status, body: '' });
  }
});

t.test('the text of a JSON answer can be changed, up to a size; other types are forwarded unchanged', async (t) => {
  const translate = { text: (text: string) => text.replaceAll('inner', 'outer-name'), maxText: 20 };
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const changed = await world(t, () => ({ headers: { ...json, 'content-length': '13' }, body: '{"a":"inner"}' }), {
    translate,
  });
  const reply = await changed.get('GET', { 'accept-encoding': 'gzip' });
  t.match(reply, { status: 200, body: '{"a":"outer-name"}' });
  t.not(reply.headers['content-length'], '13');
  t.equal(changed.behind.requests[0]?.headers['accept-encoding'], 'identity');
  t.match(await (await world(t, () => ({ headers: { ...json, 'content-length': '9' } }), { translate })).get('HEAD'), {
    headers: { 'content-length': '9' },
  });

  const plain = await world(
    t,
    () => ({ headers: { 'content-type': 'text/plain', 'content-length': '5' }, body: 'inner' }),
    { translate },
  );
  t.match(await plain.get(), { headers: { 'content-length': '5' }, body: 'inner' });
  const untouched = await world(t, () => ({ headers: json, body: 'inner' }));
  t.match(await untouched.get('GET', { 'accept-encoding': 'gzip' }), { body: 'inner' });
  t.equal(untouched.behind.requests[0]?.headers['accept-encoding'], 'gzip');

  const fits = await world(t, () => ({ headers: json, body: 'x'.repeat(20) }), { translate });
  t.match(await fits.get(), { status: 200, body: 'x'.repeat(20) });
  const long = await world(t, () => ({ headers: json, body: 'x'.repeat(21) }), { translate });
  t.match(await long.get(), { status: 502 });
  t.same(long.journal, ['200', 'away']);
});

t.test('an unreachable or slow server is reported in a sentence, or by the fallback', async (t) => {
  const away = await world(t, () => ({}));
  await away.behind.close();
  t.match(await away.get(), {
    status: 502,
    headers: { 'cache-control': 'no-store' },
    body: '{"error":"the server behind this address is unreachable"}',
  });
  t.same(away.journal, ['away']);

  const slow = await world(t, () => new Promise(() => {}), {}, 50);
  t.match(await slow.get(), { status: 504, body: /did not answer in time/ });

  const fallback = (reply: HttpReply) => reply.code(299).send('instead');
  const instead = await world(t, () => ({}), { fallback });
  await instead.behind.close();
  t.match(await instead.get(), { status: 299, body: 'instead' });
  const busy = await world(t, () => new Promise(() => {}), { fallback }, 50);
  t.match(await busy.get(), { status: 504 }, 'the server is slow');
});

t.test('a disconnected visitor ends the upstream request, and the server is not reported as failed', async (t) => {
  const { behind, journal, port, ends } = await world(t, () => new Promise(() => {}));
  const visitor = connect(port, '127.0.0.1');
  visitor.on('error', () => {});
  visitor.write('GET / HTTP/1.1\r\nHost: cam\r\n\r\n');
  await until(() => behind.requests.length === 1, 'the upstream request');
  visitor.destroy();
  await until(() => ends.length === 1, 'the visit');
  await ends[0];

  t.same(journal, []);
});

t.test('the visitor is determined from the request', (t) => {
  const of = (protocol: string) => visitorOf({ ip: 'i', protocol, headers: { host: 'h' } } as unknown as HttpRequest);

  t.same(of('https'), { address: 'i', scheme: 'https', host: 'h' });
  t.same(of('http'), { address: 'i', scheme: 'http', host: 'h' });
  t.end();
});
