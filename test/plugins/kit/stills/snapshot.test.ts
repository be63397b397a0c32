// One request for a picture: the newest, a newer one, or a capture; and the answers without a picture.

import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import type { HttpReply, HttpRequest } from '../../../../core/contract/http.ts';
import type { Still, Stills } from '../../../../core/contract/ports.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { createPictureAnswers } from '../../../../plugins/kit/stills/answer.ts';
import { refuse } from '../../../../plugins/kit/stills/refuse.ts';
import { createSnapshot, type SnapshotOptions } from '../../../../plugins/kit/stills/snapshot.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { until } from '../../../support/until.ts';

/** A reply over a real response, with the members used here. */
function replyOf(raw: HttpReply['raw']): HttpReply {
  const reply = {
    raw,
    code: (status: number) => {
      raw.statusCode = status;
      return reply;
    },
    header: (name: string, value: string) => {
      raw.setHeader(name, value);
      return reply;
    },
    type: (type: string) => reply.header('content-type', type),
    send: (body: string) => {
      raw.end(body);
      return reply;
    },
    hijack: () => reply,
  } as unknown as HttpReply;
  return reply;
}

const still = (seq: number, stale = false): Still => ({ frame: makeFrame('gate', seq), stale }) as Still;

async function world(t: Test, stills: Partial<Stills> | undefined, more: Partial<SnapshotOptions> = {}) {
  let current = stills && ({ onDemand: () => false, latest: () => undefined, ...stills } as Stills);
  const counts: string[] = [];
  const answers = createPictureAnswers('boot');
  const snapshot = createSnapshot({
    answers,
    stills: () => current,
    offline: 'unavailable',
    timeout: 60_000,
    wait: 60_000,
    maxWaiting: 10,
    count: (name) => void counts.push(name),
    ...more,
  });
  const server = createServer((raw, response) => {
    const url = raw.url ?? '';
    const query = Object.fromEntries(new URL(url, 'http://x').searchParams);
    const request = { raw, url, method: raw.method, headers: raw.headers, query } as unknown as HttpRequest;
    void snapshot(request, replyOf(response), 'gate');
  }).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = async (path = '/') => {
    const [response] = await once(send({ host: '127.0.0.1', port, path }).end(), 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const error = response.statusCode === 200 ? undefined : JSON.parse(body.toString()).error;
    return { status: response.statusCode, headers: response.headers, body, error };
  };
  return {
    ...{ snapshot, counts, get, port, answers },
    replace: (next: Partial<Stills> | undefined) => {
      current = next && ({ onDemand: () => false, latest: () => undefined, ...next } as Stills);
    },
  };
}

t.test('the newest picture is answered with its headers', async (t) => {
  const { get } = await world(t, { latest: () => still(7) });
  const { status, headers, body } = await get('/?t=123');

  t.equal(status, 200);
  t.ok(body.equals(makeFrame('gate', 7).data));
  t.match(headers, {
    'content-type': 'image/jpeg',
    'cache-control': 'no-store',
    etag: '"boot-gate-7"',
    'x-sequence': '7',
    'x-timestamp': /^\d+\.\d{6}$/,
  });
  t.equal(headers['content-length'], String(body.length));
  t.notOk('x-camera-state' in headers);
});

t.test('without a picture the answer gives the reason and when to retry', async (t) => {
  const cases: readonly (readonly [Partial<Stills> | undefined, string, number, RegExp])[] = [
    [undefined, '/', 503, /unavailable for a moment/],
    [{}, '/', 503, /has sent no picture yet/],
    [{ latest: () => still(1, true) }, '/', 503, /is offline/],
    [{ latest: () => still(1) }, '/?after=x', 400, /must be a sequence number/],
    [{ latest: () => still(1) }, '/?after=1.5', 400, /must be a sequence number/],
    [{ latest: () => still(1) }, `/?after=${'9'.repeat(16)}`, 400, /must be a sequence number/],
  ];
  for (const [stills, path, status, error] of cases) {
    const { get } = await world(t, stills);
    const answer = await get(path);
    t.match(answer, { status, error });
    t.equal(answer.headers['retry-after'], status === 503 ? '2' : undefined, path);
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' });
  }
});

t.test('an offline camera may be shown with its last picture, which is marked', async (t) => {
  const { get } = await world(t, { latest: () => still(3, true) }, { offline: 'last' });

  t.match(await get(), { status: 200, headers: { 'x-camera-state': 'offline', 'x-sequence': '3' } });
});

t.test('a request waits for a picture newer than that of the client', async (t) => {
  const waits: number[] = [];
  const next = async (_camera: string, after: number) => {
    waits.push(after);
    return makeFrame('gate', after + 5);
  };
  const { get } = await world(t, { latest: () => still(7), next });

  t.match(await get('/?after=6'), { headers: { 'x-sequence': '7' } });
  t.match(await get('/?after=-1'), { headers: { 'x-sequence': '7' } });
  t.same(waits, []);
  t.match(await get('/?after=7'), { headers: { 'x-sequence': '12' } });
  t.match(await get(`/?after=${'9'.repeat(15)}`), { status: 200 });
  t.same(waits, [7, 999_999_999_999_999]);
});

t.test('a camera on demand is captured for each request', async (t) => {
  const capture = async () => makeFrame('gate', 9);
  const { get, counts } = await world(t, { onDemand: () => true, capture });

  t.match(await get(), { status: 200, headers: { 'x-sequence': '9' } });
  t.same(counts, ['captures_total']);
});

t.test('a late capture is answered with 504, a failed one with 503 without its reason', async (t) => {
  const late = await world(t, { onDemand: () => true, capture: () => new Promise(() => {}) }, { timeout: 20 });
  const answer = await late.get();
  t.match(answer, { status: 504, error: 'no picture came in time', headers: { 'retry-after': '2' } });
  t.same(late.counts, ['captures_total', 'timeouts_total']);

  const source = () => Promise.reject(environment('capture-timeout', 'The camera rtsp://x is slow.'));
  t.match(await (await world(t, { onDemand: () => true, capture: source })).get(), { status: 504 });

  const broken = () => Promise.reject(environment('other', 'The camera rtsp://x is away.'));
  const failed = await world(t, { onDemand: () => true, capture: broken });
  t.match(await failed.get(), { status: 503, error: 'no picture could be taken' });
  t.same(failed.counts, ['captures_total']);
});

t.test('the number of waiting requests is limited; a cancelled one makes room', async (t) => {
  let waiting = 0;
  const next = (_camera: string, _after: number, signal: AbortSignal): Promise<never> => {
    waiting++;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        waiting--;
        reject(signal.reason);
      });
    });
  };
  const { get, port } = await world(t, { next, latest: () => still(1) }, { maxWaiting: 1 });
  const first = send({ host: '127.0.0.1', port, path: '/?after=1' });
  first.on('error', () => {});
  first.end();
  await until(() => waiting === 1, 'the first request');

  t.match(await get('/?after=1'), { status: 503, error: 'too many requests are waiting for a picture' });
  t.match(await get('/'), { status: 200 });
  first.destroy();
  await until(() => waiting === 0, 'the end of the first request');
  const second = send({ host: '127.0.0.1', port, path: '/?after=1' });
  second.on('error', () => {});
  second.end();
  await until(() => waiting === 1, 'the second request');
  second.destroy();
  await until(() => waiting === 0, 'the end of the second request');
});

t.test('a request that waits during a reload continues with the new stills', async (t) => {
  let refuseFirst = (): void => {};
  const first = {
    next: () =>
      new Promise<never>((_, reject) => {
        refuseFirst = () => reject(environment('stopping', 'It stops.'));
      }),
  };
  const { get, replace } = await world(t, first);
  const answer = get('/?after=1');
  await until(() => refuseFirst.name !== '' && refuseFirst.toString().includes('reject'), 'the request');
  replace({ next: async () => makeFrame('gate', 2) });
  refuseFirst();
  t.match(await answer, { status: 200, headers: { 'x-sequence': '2' } });

  replace({ next: () => Promise.reject(environment('too-many-waiting', 'Many.')) });
  t.match(await get('/?after=1'), { status: 503, error: 'no picture could be taken' });
});

t.test('an answer is prepared if it needs no wait and no mark', async (t) => {
  const cases: readonly (readonly [string, Partial<Stills> | undefined, boolean])[] = [
    ['/gate', { latest: () => still(1) }, true],
    ['/gate?t=1', { latest: () => still(1) }, true],
    ['/after', { latest: () => still(1) }, true],
    ['/gate?after=1', { latest: () => still(1) }, false],
    ['/gate?%61fter=1', { latest: () => still(1) }, false],
    ['?after', { latest: () => still(1) }, false],
    ['/gate', { latest: () => still(1, true) }, false],
    ['/gate', {}, false],
    ['/gate', { latest: () => still(1), onDemand: () => true }, false],
    ['/gate', undefined, false],
  ];
  for (const [url, stills, isReady] of cases) {
    const { snapshot } = await world(t, stills);
    t.equal(snapshot.ready(url, 'gate')?.etag, isReady ? '"boot-gate-1"' : undefined, url);
  }
});

t.test('the answer of a picture is built once', async (t) => {
  const { answers } = await world(t, undefined);
  const frame = makeFrame('gate', 1);

  t.equal(answers.of(frame), answers.of(frame));
  t.not(answers.of(frame), answers.of(makeFrame('gate', 1)));
});

t.test('a refusal has a retry time only if a retry can succeed', async (t) => {
  for (const status of [400, 404, 503, 504] as const) {
    const headers: Record<string, string> = {};
    let body = '';
    const reply = replyOf({
      setHeader: (name: string, value: string) => {
        headers[name] = value;
      },
      end: (text: string) => {
        body = text;
      },
    } as unknown as HttpReply['raw']);
    refuse(reply, status, 'why');

    t.equal(headers['retry-after'], status >= 500 ? '2' : undefined);
    t.equal(body, `{"status":${status},"error":"why"}\n`);
  }
});
