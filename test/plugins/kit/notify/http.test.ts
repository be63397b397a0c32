// A notification over HTTP: the request, and the outcome of each answer.

import t, { type Test } from 'tap';
import { createHttpClient } from '../../../../plugins/kit/http/fetch.ts';
import { type PostOptions, post } from '../../../../plugins/kit/notify/http.ts';
import { type FakeAnswer, fakeServer } from '../../../../testing/index.ts';
import { manualClock } from '../../../support/manual-clock.ts';

async function posted(t: Test, answer: FakeAnswer, more: Partial<PostOptions> = {}) {
  const server = await fakeServer(t, () => answer);
  const client = createHttpClient();
  t.teardown(() => client.close());
  const sent = await post({
    client,
    clock: manualClock().clock,
    url: new URL('/hook', server.origin),
    headers: { 'content-type': 'text/plain' },
    body: 'Camera gate is offline',
    timeout: 60_000,
    secrets: ['s3cret'],
    signal: new AbortController().signal,
    ...more,
  });
  return { sent, requests: server.requests, host: `127.0.0.1:${server.port}` };
}

t.test('the text is sent with its headers, by POST unless another method is given', async (t) => {
  const { sent, requests } = await posted(t, { status: 204 });
  t.same(sent, { is: 'sent' });
  t.match(requests, [
    { method: 'POST', url: '/hook', headers: { 'user-agent': 'camd', 'content-type': 'text/plain' } },
  ]);
  t.equal(requests[0]?.body.toString(), 'Camera gate is offline');

  const put = await posted(t, { status: 200 }, { method: 'PUT', headers: { 'user-agent': 'other' } });
  t.match(put.requests, [{ method: 'PUT', headers: { 'user-agent': 'other' } }]);
});

t.test('a request is dropped if a retry would be refused too, otherwise it is retried', async (t) => {
  for (const status of [400, 402, 405, 410, 413, 422, 499]) {
    const { sent, host } = await posted(t, { status, body: 'no s3cret' });
    t.same(sent, { is: 'refused', why: `${host} answered ${status}: no ***. The notification was dropped.` });
  }
  for (const status of [304, 401, 403, 404, 408, 425, 429, 500, 503]) {
    const { sent, host } = await posted(t, { status });
    t.same(sent, { is: 'failed', why: `${host} answered ${status}.` });
  }
  const later = await posted(t, { status: 429, headers: { 'retry-after': '9' } });
  t.same(later.sent, { is: 'failed', why: `${later.host} answered 429.`, retryAfterMs: 9000 });
});

t.test('a server that redirects or is unreachable is reported by name', async (t) => {
  const { sent, host } = await posted(t, { status: 302, headers: { location: 'http://other.test/x' } });
  t.same(sent, {
    is: 'failed',
    why: `${host} redirects to http://other.test, which camd does not follow: change the address.`,
  });
  const away = await posted(t, {}, { url: new URL('http://127.0.0.1:1/s3cret') });
  t.match(away.sent, { is: 'failed', why: /^127\.0\.0\.1:1 cannot be reached: [^*]*\.$/ });
});

t.test('a service may add its own explanation to an answer', async (t) => {
  const explain: PostOptions['explain'] = ({ status }) =>
    status === 400 ? { is: 'failed', why: 'The room is full.' } : undefined;

  t.same((await posted(t, { status: 400 }, { explain })).sent, { is: 'failed', why: 'The room is full.' });
  t.match((await posted(t, { status: 422 }, { explain })).sent, { is: 'refused' });
});
