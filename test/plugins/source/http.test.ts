// source/http: every form of body, and every response other than 200.

import { request as plainRequest } from 'node:http';
import t from 'tap';
import type { Frame } from '../../../core/contract/frame.ts';
import { environment } from '../../../core/contract/plugin.ts';
import { createSubscription } from '../../../core/graph/flow/subscription.ts';
import { createProbe, makeCapture } from '../../../testing/index.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { CEILING_MS, longestTurn } from '../../support/longest-turn.ts';

const picture = sampleJpeg({ width: 16, height: 16 });
const TOKEN = 'correct-horse-battery';

async function api(t: Ending, ...options: string[]) {
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      web: { use: http/server, listen: 127.0.0.1:0 }
      known: { use: registry/list, cameras: [lobby, cafe] }
      screens:
        use: source/http
        on: web
        path: /api/clients/{camera}/screenshot
        only: known
        ${options.join('\n        ')}
  `,
  );
  const frames: Frame[] = [];
  const take = { handler: async (frame: Frame): Promise<void> => void frames.push(frame) };
  camd.output('screens').add(
    createSubscription({
      handler: (frame) => take.handler(frame),
      delivery: 'every',
      onSkip() {},
      onFull() {},
      onFail() {},
    }),
  );
  const { origin } = camd.port('web', 'server');
  const post = async (
    camera: string,
    body: string | FormData | Buffer,
    headers: Record<string, string> = {},
    method = 'POST',
  ) => {
    const url = `${origin}/api/clients/${camera}/screenshot`;
    const sent = Buffer.isBuffer(body) ? new Uint8Array(body) : body;
    const response = await fetch(url, {
      method,
      body: sent,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, answer };
  };
  return { camd, frames, take, post, origin };
}

t.test('raw, base64 in JSON or text, data URL and forms; by POST and by PUT', async (t) => {
  const { frames, post } = await api(t, `token: ${TOKEN}`);
  const base64 = picture.toString('base64');
  const form = new FormData();
  form.set('note', 'hello');
  form.set('file', new Blob([new Uint8Array(picture)], { type: 'image/jpeg' }), 'screen.jpg');

  const first = await post('lobby', picture, { 'content-type': 'image/jpeg' });
  const statuses = [
    (await post('lobby', picture, { 'content-type': 'application/octet-stream' }, 'PUT')).status,
    (await post('lobby', picture, {}, 'PUT')).status,
    (await post('lobby', picture, { 'content-type': 'application/x-www-form-urlencoded' })).status,
    (await post('cafe', JSON.stringify({ image: base64 }), { 'content-type': 'application/json' })).status,
    (await post('cafe', `data:image/jpeg;base64,${base64}`, { 'content-type': 'text/plain' })).status,
    (await post('cafe', form)).status,
  ];

  t.match(first, {
    status: 200,
    answer: { camera: 'lobby', seq: 1, type: 'image/jpeg', width: 16, height: 16, bytes: picture.length },
  });
  t.same(statuses, [200, 200, 200, 200, 200, 200]);
  t.equal(frames.length, 7);
  t.ok(frames.every(({ data }) => data.equals(picture)));
});

t.test('broken forms of every kind are answered 400, without side effects', async (t) => {
  const { camd, post } = await api(t, `token: ${TOKEN}`);
  const file = 'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n';
  const many = Array.from({ length: 5000 }, (_, at) => `--x\r\n${file.replace('file', `f${at}`)}\r\n\r\n`).join('');
  const form = (body: string, type = 'multipart/form-data; boundary=x') =>
    post('lobby', body, { 'content-type': type });

  const answers = [
    await form(`--x\r\n${file}\r\ncut short`),
    await form(`--x\r\n${file}`),
    await form(`--x\r\n${file}\r\n\r\n--x\r\n${file}\r\nthe second is cut short`),
    await form('--x'),
    await form('no form at all'),
    await form(`--x\r\n${file}\r\nabc\r\n--x--\r\n`, 'multipart/form-data'),
    await form(`--x\r\n${'A: b\r\n'.repeat(5000)}\r\nabc\r\n--x--\r\n`),
    await form(`${many}--x--\r\n`),
  ];

  t.same(new Set(answers.map(({ status }) => status)), new Set([400]));
  t.match(camd.status('screens').state, { is: 'running' });
  t.equal(camd.status('screens').restarts, 0);
});

t.test(
  'forms of small devices: image/… without a file name, URL-encoded base64, a file of another kind first',
  async (t) => {
    const { frames, post } = await api(t, `token: ${TOKEN}`);
    const base64 = picture.toString('base64');
    const type = 'multipart/form-data; boundary=x';
    const part = (head: string, body: Buffer | string): Buffer =>
      Buffer.concat([
        Buffer.from(`--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
        Buffer.from(body),
        Buffer.from('\r\n'),
      ]);
    const form = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from('--x--\r\n')]);
    const urlEncoded = { 'content-type': 'application/x-www-form-urlencoded' };

    const statuses = [
      (await post('lobby', form(part('name="a"\r\nContent-Type: image/jpeg', picture)), { 'content-type': type }))
        .status,
      (await post('lobby', `image=${encodeURIComponent(base64)}&camera=7`, urlEncoded)).status,
      (await post('lobby', `id=1&image=${base64}`, urlEncoded)).status,
      (
        await post('lobby', form(part('name="x"; filename="a.xml"', '<a/>'), part('name="p"; filename="p"', picture)), {
          'content-type': type,
        })
      ).status,
    ];

    t.same(statuses, [200, 200, 200, 200]);
    t.equal(frames.length, 4);
    t.ok(frames.every(({ data }) => data.equals(picture)));
    t.match((await post('lobby', 'a=1&'.repeat(60), urlEncoded)).status, 400);
  },
);

t.test('a form of 10 MB of empty parts is refused at once, and others are answered meanwhile', async (t) => {
  const { post, origin } = await api(t, `token: ${TOKEN}`);
  const flood = Buffer.alloc(10 * 2 ** 20, '\r\n--x\r\n\r\n');
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };

  const turn = await longestTurn(async () => {
    const sent = Array.from({ length: 3 }, () => post('lobby', flood, headers).catch(() => undefined));
    await fetch(`${origin}/`);
    await Promise.all(sent);
  });

  t.ok(turn < CEILING_MS, `${turn.toFixed(1)} ms`);
  t.equal((await post('lobby', picture)).status, 200);
});

t.test('each kind of unacceptable request is answered with its own status and a reason', async (t) => {
  const { camd, frames, post } = await api(t, `token: ${TOKEN}`, 'max_body: 8KiB');
  const empty = new FormData();
  empty.set('other', 'text');

  const bad = await post('lobby', 'no picture', { 'content-type': 'image/jpeg' });
  const cut = await post('lobby', picture.subarray(0, 100), { 'content-type': 'image/jpeg' });
  const unauthorised = await post('lobby', picture, { authorization: 'Bearer wrong' });
  const unknown = await post('nobody', picture);
  const large = await post('lobby', Buffer.alloc(9000), { 'content-type': 'image/jpeg' });
  const typed = await post('lobby', picture, { 'content-type': 'video/mp4' });
  const formless = await post('lobby', empty);
  const packed = await post('lobby', picture, { 'content-encoding': 'gzip' });

  t.same(
    [bad, cut, unauthorised, unknown, large, typed, formless, packed].map(({ status }) => status),
    [400, 400, 401, 404, 413, 415, 400, 415],
  );
  t.match(bad.answer.error, /picture/);
  t.match(unauthorised.headers.get('www-authenticate'), /^Bearer/);
  t.equal(frames.length, 0);
  t.match(camd.status('screens').metrics, { answered_400_total: 3, answered_404_total: 1, answered_401_total: 1 });
});

t.test(
  '429 with Retry-After over the rate, 503 with Retry-After while a consumer refuses, then 200 again',
  async (t) => {
    const { frames, take, post } = await api(t, `token: ${TOKEN}`, 'max_rate: 2/h');
    const keep = take.handler;
    take.handler = () => Promise.reject(environment('disk-full', 'The disk is full.'));

    const refused = await post('lobby', picture);
    const often = await post('lobby', picture);
    take.handler = keep;
    const kept = await post('cafe', picture);

    t.equal(refused.status, 503);
    t.ok(Number(refused.headers.get('retry-after')) > 0);
    t.equal(often.status, 429);
    t.ok(Number(often.headers.get('retry-after')) > 1000);
    t.equal(kept.status, 200);
    t.equal(frames.length, 1);
  },
);

t.test('the 2xx comes only after every consumer has the picture; a slow one is answered 503', async (t) => {
  const { take, post } = await api(t, `token: ${TOKEN}`, 'timeout: 200ms');
  take.handler = () => new Promise(() => {});

  const answer = await post('lobby', picture);

  t.equal(answer.status, 503);
});

t.test('a body without a length is cut off at max_body', async (t) => {
  const { origin } = await api(t, `token: ${TOKEN}`, 'max_body: 8KiB');

  const status = await new Promise((resolve, reject) => {
    const request = plainRequest(`${origin}/api/clients/lobby/screenshot`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'image/jpeg', 'transfer-encoding': 'chunked' },
    });
    request.on('response', (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on('error', reject);
    for (let index = 0; index < 12; index++) request.write(Buffer.alloc(1024));
  });

  t.equal(status, 413);
});

t.test(
  '"anyone: true" takes pictures from programs, but not from web pages; without it or a token nothing is served',
  async (t) => {
    const open = await api(t, 'anyone: true');

    const program = await open.post('lobby', picture);
    const page = await open.post('lobby', picture, { origin: 'http://evil.example' });

    t.equal(program.status, 200);
    t.equal(page.status, 403);
    await t.rejects(api(t), /token/);
  },
);

t.test('a picture sent twice with one Idempotency-Key is accepted once', async (t) => {
  const probe = createProbe();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        web: { use: http/server, listen: 127.0.0.1:0 }
        posted: { use: source/http, on: web, path: '/{camera}', token: correct-horse-battery }
        end: { use: test/probe, from: posted }
    `,
    { plugins: [probe.plugin] },
  );
  const post = (key: string, seed: number) =>
    fetch(`${camd.port('web', 'server').origin}/front`, {
      method: 'POST',
      body: new Uint8Array(makeCapture(seed).data),
      headers: {
        'content-type': 'image/jpeg',
        authorization: 'Bearer correct-horse-battery',
        'idempotency-key': `"${key}"`,
      },
    });

  const statuses = [await post('one', 1), await post('one', 1), await post('one', 2), await post('two', 1)];

  t.same(
    statuses.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  t.same(
    probe.frames.map(({ key }) => key),
    ['one', 'one', 'two'],
  );
  t.equal(camd.status('posted').metrics.duplicates_total, 1);
});
