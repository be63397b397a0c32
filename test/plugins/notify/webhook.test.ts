// notify/webhook against a real HTTP server: one call when a camera is offline and one when it is back.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fakeServer } from '../../../testing/server.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { silentCamera } from '../../support/silent-camera.ts';

const SECRET = 'T0PS3CRET-hook-path';

/** The clock of the tests runs ahead of the sockets, so that an attempt may take long on it. */
const lines = (origin: string, ...more: string[]) => [
  'use: notify/webhook',
  `url: "${origin}/hooks/${SECRET}"`,
  'after: 1m',
  'back_after: 20s',
  'timeout: 5m',
  ...more,
];

const states = (requests: readonly { readonly body: Buffer }[]) =>
  requests.map(({ body }) => (JSON.parse(body.toString()) as { state: string }).state);

t.test('a silent camera causes one call, and its return another one', async (t) => {
  const { origin, requests } = await fakeServer(t, () => ({}));
  const { camd, silent, sending, pass } = await silentCamera(t, { lines: lines(origin), cameras: ['lobby', 'cafe'] });

  await silent(() => requests.length === 1, 'the first call');
  await pass(300_000);
  await sending(() => requests.length === 2, 'the second call');
  await silent(() => requests.length === 3, 'the next silence');

  t.same(states(requests), ['offline', 'online', 'offline']);
  t.match(requests[0], { method: 'POST', url: `/hooks/${SECRET}`, headers: { 'content-type': 'application/json' } });
  t.match(JSON.parse(requests[0]?.body.toString() ?? ''), {
    title: '2 cameras are offline',
    text: /^cafe, lobby have sent no picture since .* UTC\.$/,
    cameras: ['cafe', 'lobby'],
    since: /Z$/,
  });
  t.equal(camd.status('alarm').metrics.cameras_offline, 2);
  t.notMatch(JSON.stringify(camd.lines), SECRET);
});

t.test('a template defines the body, and headers are sent with it', async (t) => {
  const { origin, requests } = await fakeServer(t, () => ({}));
  const { camd, silent } = await silentCamera(t, {
    lines: lines(
      origin,
      `body: '{"text": "{title}: {cameras}", "state": "{state}"}'`,
      'headers: { Authorization: Bearer abcdefgh }',
    ),
  });

  await silent(() => requests.length === 1, 'the call');

  t.same(JSON.parse(requests[0]?.body.toString() ?? ''), { text: 'Camera lobby is offline: lobby', state: 'offline' });
  t.equal(requests[0]?.headers.authorization, 'Bearer abcdefgh');
  t.notMatch(JSON.stringify(camd.lines), 'abcdefgh');
});

t.test(
  'a failed call is retried; a refused one is dropped, and the node reports the reason without the URL',
  async (t) => {
    const answers = [{ status: 503 }, { status: 200 }, { status: 400, body: `{"message":"no such room ${SECRET}"}` }];
    const { origin, requests } = await fakeServer(t, () => answers.shift() ?? {});
    const { camd, silent, sending } = await silentCamera(t, { lines: lines(origin) });
    const count = (name: string) => camd.status('alarm').metrics[name] ?? 0;

    await silent(() => count('sent_total') === 1, 'the call to be accepted');
    t.same(states(requests), ['offline', 'offline']);
    await sending(() => count('refused_total') === 1, 'the refusal');

    t.match(camd.status('alarm').state, {
      is: 'degraded',
      why: /answered 400: no such room \*\*\*\. The notification was dropped/,
    });
    t.equal(count('failed_total'), 1);
    t.equal(requests.length, 3);
    t.notMatch(JSON.stringify([camd.lines, camd.status('alarm')]), SECRET);
  },
);

t.test('a reload between silence and return neither repeats nor loses a notification', async (t) => {
  const { origin, requests } = await fakeServer(t, () => ({}));
  const { camd, silent, sending, pass, reload } = await silentCamera(t, { lines: lines(origin) });
  await silent(() => camd.status('alarm').metrics.sent_total === 1, 'the first call');

  await reload(lines(origin, 'group: 5s'));
  await pass(300_000);
  await sending(() => requests.length === 2, 'the return');

  t.same(states(requests), ['offline', 'online']);
});

t.test('a restart repeats no notification: the state is in a file that only the user of camd can read', async (t) => {
  const { origin, requests } = await fakeServer(t, () => ({}));
  const first = await silentCamera(t, { lines: lines(origin) });
  const file = join(first.camd.folder, 'state/notify/alarm.json');
  await first.silent(() => existsSync(file), 'the first call to be done');
  const saved = readFileSync(file, 'utf8');
  const mode = statSync(file).mode & 0o777;
  await first.camd.stop();

  const second = await silentCamera(t, { lines: lines(origin), saved });
  await second.pass(300_000);
  await second.sending(() => requests.length === 2, 'the return');

  t.equal(mode, 0o600);
  t.same(states(requests), ['offline', 'online']);
});

t.test('a wrong template is an error of the profile', async (t) => {
  for (const [body, why] of [
    ['{"text": {title}}', /not valid JSON/],
    ['{"text": "{titel}"}', /placeholder \{titel\} is unknown/],
  ] as const) {
    await t.rejects(
      run(
        t,
        dedent`
        camd: 1
        pipeline:
          cam: { use: source/test-pattern }
          alarm: { use: notify/webhook, from: cam, url: "http://127.0.0.1:9/", body: '${body}' }
      `,
      ),
      why,
    );
  }
});
