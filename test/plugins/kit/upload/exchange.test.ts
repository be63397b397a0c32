// One upload and its outcome: answers of servers, redirects, and masked secrets.

import t, { type Test } from 'tap';
import { environment } from '../../../../core/contract/problems.ts';
import { createHttpClient, type HttpClient, type HttpFetch } from '../../../../plugins/kit/http/fetch.ts';
import { exchange, MAX_ANSWER, MAX_KEPT, MAX_REDIRECTS, redact } from '../../../../plugins/kit/upload/exchange.ts';
import type { Outcome } from '../../../../plugins/kit/upload/outcome.ts';
import { type FakeAnswer, fakeServer } from '../../../../testing/index.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;

async function answeredBy(
  t: Test,
  answer: (url: string, number: number) => FakeAnswer,
  secrets: readonly string[] = [],
) {
  const server = await fakeServer(t, (request, number) => answer(request.url, number));
  const client = createHttpClient();
  t.teardown(() => client.close());
  const upload = {
    method: 'PUT' as const,
    url: new URL('/up?x=1', server.origin),
    headers: { 'x-key': 'k' },
    body: Buffer.from('picture'),
  };
  const { clock } = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const outcome = await exchange(upload, { client, clock, timeoutMs: 60_000, secrets, signal: never });
  return { outcome, requests: server.requests, origin: server.origin };
}
const message = (outcome: Outcome): unknown => (outcome.is === 'answered' ? outcome.message : outcome.is);

t.test('any 2xx is a success, and the beginning of its answer is kept', async (t) => {
  for (const status of [200, 201, 204, 299]) {
    const { outcome, requests } = await answeredBy(t, () => ({ status, body: status === 204 ? '' : 'thanks' }));

    t.match(outcome, { is: 'accepted', status });
    t.equal(outcome.is === 'accepted' && outcome.body.toString(), status === 204 ? '' : 'thanks');
    t.match(requests, [{ method: 'PUT', url: '/up?x=1', headers: { 'x-key': 'k', 'content-length': '7' } }]);
    t.equal(requests[0]?.body.toString(), 'picture');
  }
});

t.test('an answer is reported in one line, from the field that has the message', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain words', 'plain words'],
    ['  two\r\n\tlines\u0000 ', 'two lines'],
    ['{"message":"m","error":"e"}', 'm'],
    ['{"error":"e","detail":"d"}', 'e'],
    ['{"message":7,"detail":"d"}', 'd'],
    ['{"other":"x"}', ''],
    ['null', 'null'],
    ['"a text"', '"a text"'],
    ['7', '7'],
    ['  <html>page</html>', ''],
    ['a < b', 'a < b'],
    ['', ''],
    ['x'.repeat(300), 'x'.repeat(200)],
  ];
  for (const [body, expected] of cases) {
    const { outcome } = await answeredBy(t, () => ({ status: 400, body }));
    t.equal(message(outcome), expected, body.slice(0, 30));
  }
});

t.test('an answer is kept for a dead letter, without cookies and secrets', async (t) => {
  const headers = { 'set-cookie': 'id=1', 'proxy-authenticate': 'Basic', 'x-why': 'bad s3cret', 'retry-after': '7' };
  const { outcome } = await answeredBy(t, () => ({ status: 422, headers, body: `s3cret ${'y'.repeat(5000)}` }), [
    's3cret',
    '',
  ]);

  t.match(outcome, { is: 'answered', status: 422, retryAfterMs: 7000 });
  const answer = outcome.is === 'answered' ? outcome.answer : undefined;
  t.match(answer, { status: 422, about: 'picture', headers: { 'x-why': 'bad ***', 'retry-after': '7' } });
  t.notOk(Object.keys(answer?.headers ?? {}).some((name) => /cookie|auth/.test(name)));
  t.equal(answer?.body, `*** ${'y'.repeat(MAX_KEPT - 4)}`);
});

t.test('an answer without Retry-After has no retry time', async (t) => {
  const { outcome } = await answeredBy(t, () => ({ status: 503 }));

  t.notOk('retryAfterMs' in outcome);
  t.match(await answeredBy(t, () => ({ status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' } })), {
    outcome: { retryAfterMs: 9000 },
  });
});

t.test('only the API of camd can reject a picture or a camera permanently', async (t) => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['{"refuses":"picture"}', 'picture', 'picture'],
    ['{"refuses":"camera"}', 'camera', 'address'],
    ['{"refuses":"all"}', undefined, 'picture'],
    ['{}', undefined, 'picture'],
    ['null', undefined, 'picture'],
    ['"refuses"', undefined, 'picture'],
    ['refuses', undefined, 'picture'],
  ];
  for (const [body, refuses, about] of cases) {
    const { outcome } = await answeredBy(t, () => ({ status: 404, body }));
    t.equal(outcome.is === 'answered' && outcome.refuses, refuses, body);
    t.equal(outcome.is === 'answered' && outcome.answer?.about, about, body);
  }
});

t.test('a redirect is followed within its origin, a limited number of times, with the same request', async (t) => {
  const { outcome, requests } = await answeredBy(t, (_url, number) =>
    number <= MAX_REDIRECTS ? { status: 302, headers: { location: `../r${number}` } } : { status: 200 },
  );
  t.match(outcome, { is: 'accepted' });
  t.same(
    requests.map(({ method, url, body }) => `${method} ${url} ${body}`),
    ['PUT /up?x=1 picture', 'PUT /r1 picture', 'PUT /r2 picture', 'PUT /r3 picture'],
  );

  for (const status of [300, 399]) {
    const other = await answeredBy(t, (url) => (url === '/next' ? {} : { status, headers: { location: '/next' } }));
    t.match(other.outcome, { is: 'accepted' }, String(status));
  }
  const endless = await answeredBy(t, () => ({ status: 307, headers: { location: '/again' } }));
  t.match(endless.outcome, { is: 'redirected', status: 307, to: endless.origin });
  t.equal(endless.requests.length, MAX_REDIRECTS + 1);

  const away = await answeredBy(t, () => ({ status: 301, headers: { location: 'http://other.test/s3cret' } }), [
    'other',
  ]);
  t.same(away.outcome, { is: 'redirected', status: 301, to: 'http://***.test' });
  t.equal(away.requests.length, 1);
});

t.test('a status that is no redirect, or has no usable location, is an answer', async (t) => {
  for (const [status, location] of [
    [304, undefined],
    [300, 'http://'],
    [399, undefined],
    [400, '/x'],
    [299, '/x'],
  ] as const) {
    const { outcome, requests } = await answeredBy(t, () => ({
      status,
      headers: location === undefined ? {} : { location },
    }));
    t.equal(outcome.is, status < 300 ? 'accepted' : 'answered', String(status));
    t.equal(requests.length, 1);
  }
});

/** The outcome when the client fails with this cause. */
async function failing(thrown: unknown, secrets: readonly string[] = [], signal = never): Promise<Outcome> {
  const client = { fetch: () => Promise.reject(thrown) } as unknown as HttpClient;
  const upload = { method: 'POST', url: new URL('http://x/'), headers: {}, body: Buffer.alloc(0) } as const;
  return exchange(upload, { client, clock: manualClock().clock, timeoutMs: 700, secrets, signal });
}

t.test('the reason of a missing answer is reported without secrets', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [environment('deadline', 'late'), 'timeout', /^no answer within 700 ms$/],
    [environment('unreachable', 'x', refused), 'refused', /nothing is listening/],
    [environment('bad', 'The key s3cret is bad'), 'network', /^The key \*\*\* is bad\.?$/],
    [new Error('odd s3cret'), 'network', /odd \*\*\*/],
  ];
  for (const [thrown, trouble, detail] of cases) {
    const outcome = await failing(thrown, ['s3cret']);
    t.match(outcome, { is: 'failed', trouble, detail });
  }
  const gone = AbortSignal.abort(new Error('the node stops'));
  await t.rejects(failing(new Error('x'), [], gone), { message: 'the node stops' });
});

t.test('the time limit applies to all requests together', async (t) => {
  const time = manualClock();
  const deadlines: number[] = [];
  const client = {
    async fetch(request: HttpFetch) {
      deadlines.push(request.deadline);
      time.step(600);
      return { status: 302, headers: { location: '/next' }, url: request.url, body: Buffer.alloc(0) };
    },
  } as unknown as HttpClient;
  const upload = { method: 'POST', url: new URL('http://x/'), headers: {}, body: Buffer.alloc(0) } as const;
  await exchange(upload, { client, clock: time.clock, timeoutMs: 1000, secrets: [], signal: never });

  t.same(deadlines, [1000, 400, 1, 1]);
});

t.test('secrets are masked in every spelling, the longest first', (t) => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['nothing', [], 'nothing'],
    ['nothing', [''], 'nothing'],
    ['a+b A+B a%2Bb', ['a+b'], '*** *** ***'],
    ['token-long token', ['token', 'token-long'], '*** ***'],
    ['x.y xzy', ['x.y'], '*** xzy'],
  ];
  for (const [text, secrets, masked] of cases) t.equal(redact(text, secrets), masked, text);
  t.end();
});

t.test('a truncated answer ends without the beginning of a secret', async (t) => {
  const secret = 'secret/of/many/letters';
  const half = secret.slice(0, 10);
  const { outcome } = await answeredBy(
    t,
    () => ({ status: 400, body: `{${' '.repeat(MAX_ANSWER - 1 - half.length)}${secret}` }),
    [secret, 'x'],
  );
  const whole = await answeredBy(t, () => ({ status: 400, body: `{${' '.repeat(90)}${half}` }), [secret]);

  t.notMatch(message(outcome), half);
  t.equal(message(outcome), '{');
  t.equal(message(whole.outcome), `{ ${half}`, 'an answer that was not truncated is complete');
});
