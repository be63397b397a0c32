// Parts of sources: pauses after failures, intervals, advice about parsers, facts about frames, and refusals of cameras.

import t from 'tap';
import type { CheckView } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { byPlace, oneCamera } from '../../../../plugins/kit/capture/frame-facts.ts';
import { mediaType, openHttpCamera, refusal } from '../../../../plugins/kit/capture/http-camera.ts';
import { atInterval, following } from '../../../../plugins/kit/capture/interval.ts';
import { checkMessageParse, checkStreamParse } from '../../../../plugins/kit/capture/parse-advice.ts';
import { createRetry, REFUSED } from '../../../../plugins/kit/capture/retry.ts';
import { createAuthenticator } from '../../../../plugins/kit/http/auth.ts';
import { fake } from '../../../support/fake-source.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

t.test('a lost feed is retried soon, refused credentials only late, and each has its own pauses', (t) => {
  const lost = environment('away', 'It is away.');
  const refused = environment(REFUSED, 'Wrong.');
  const retry = createRetry(undefined, () => 0);

  t.same(
    Array.from({ length: 7 }, () => retry.after(lost)),
    [200, 400, 800, 1600, 3200, 5000, 5000],
  );
  t.same(
    Array.from({ length: 7 }, () => retry.after(refused)),
    [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000],
  );
  t.equal(retry.after(new Error('x')), 5000);
  retry.reset();
  t.equal(retry.after(lost), 200);
  t.equal(retry.after(refused), 10_000);
  const bounded = createRetry(300, () => 0);
  t.same([bounded.after(lost), bounded.after(lost)], [200, 300]);
  t.end();
});

t.test('the next time is the first multiple of the interval that is not past', (t) => {
  const cases: readonly (readonly [number, number])[] = [
    [0, 110],
    [100, 110],
    [109, 110],
    [110, 110],
    [111, 120],
    [120, 120],
    [121, 130],
  ];
  for (const [now, next] of cases) t.equal(following(100, 10, now), next, String(now));
  t.end();
});

t.test('work is done at an interval without drift, and less often while it fails', async (t) => {
  const time = manualClock(0);
  const control = new AbortController();
  const began: number[] = [];
  let work = (): Promise<unknown> => time.clock.sleep(300);
  const running = atInterval({ clock: time.clock }, 1000, control.signal, async () => {
    began.push(time.clock.monotonic());
    await work();
  });
  await time.advance(2999);
  t.same(began, [0, 1000, 2000]);

  work = () => time.clock.sleep(1500);
  await time.advance(2001);
  t.same(began.splice(0), [0, 1000, 2000, 3000, 5000], 'overlapping runs are skipped');

  work = () => Promise.reject(environment('away', 'Away.'));
  await time.advance(2000);
  began.length = 0;
  await time.advance(60_000);
  t.ok(began.length >= 11 && began.length <= 25, `${began.length} tries in a minute, of at most 5 s each`);
  work = async () => {};
  await time.advance(5000);
  began.length = 0;
  await time.advance(3000);
  t.equal(began.length, 3, 'at the interval again');

  control.abort();
  await running;
  t.equal(time.sleepers(), 0);
});

t.test('a bug ends the interval, but an error caused by its end does not', async (t) => {
  const time = manualClock();
  const control = new AbortController();
  const { signal } = control;
  await t.rejects(
    atInterval({ clock: time.clock }, 1000, signal, () => Promise.reject(new Error('a bug'))),
    { message: 'a bug' },
  );
  const ended = atInterval({ clock: time.clock }, 1000, signal, async () => {
    control.abort();
    throw new Error('aborted');
  });
  await ended;
  let calls = 0;
  await atInterval({ clock: time.clock }, 1000, signal, async () => void calls++);
  t.equal(calls, 0);
});

t.test('the check advises against a parser for one picture on a stream, and the reverse', (t) => {
  for (const name of ['still', 'image', 'payload']) {
    for (const parse of [name, `parse/${name}`, { use: `parse/${name}` }]) {
      t.strictSame(checkStreamParse(parse, 'write X'), [
        {
          option: 'parse',
          code: 'advice',
          severity: 'warning',
          message: `parse: "${name}" reads a single picture, but this is a stream of them; write X.`,
        },
      ]);
      t.same(checkMessageParse(parse, 'write X'), []);
    }
  }
  t.same(checkStreamParse('multipart', 'x'), []);
  t.match(checkMessageParse({ use: 'parse/multipart' }, 'write X'), [{ message: /takes single pictures; write X\.$/ }]);
  t.same(checkMessageParse({}, 'x'), []);
  t.end();
});

t.test('a source has its own camera, unless the option of a place names the cameras', (t) => {
  const view = { id: 'cam' } as CheckView;

  t.strictSame(oneCamera({}, view, 500), { cameras: ['cam'], interval: 500 });
  t.strictSame(oneCamera({ camera: 'gate' }, view), { cameras: ['gate'], interval: undefined });
  t.strictSame(byPlace(['a', 'b/{camera}'], { camera: 'gate' }, view), { cameras: undefined, interval: undefined });
  t.strictSame(byPlace(['a', 'b'], { camera: 'gate' }, view), { cameras: ['gate'], interval: undefined });
  t.end();
});

const URL_OF_CAMERA = new URL('http://cam/shot');
const head = (status: number, headers: Readonly<Record<string, string>> = {}, url = URL_OF_CAMERA) => ({
  ...{ status, headers, url },
});
const refused = (answer: ReturnType<typeof head>, auth?: ReturnType<typeof createAuthenticator>) =>
  refusal('The camera http://cam/shot', answer, { url: URL_OF_CAMERA, headers: {}, deadline: 1000, auth });

t.test('any success except an empty one is a picture, and each other status is reported in words', (t) => {
  for (const status of [200, 201, 203, 205, 206, 299]) t.equal(refused(head(status)), undefined, String(status));
  const cases: readonly (readonly [number, string, RegExp])[] = [
    [199, 'bad-status', /status 199, which is not a picture\.$/],
    [204, 'bad-status', /status 204, which is not a picture\.$/],
    [300, 'bad-status', /status 300, which is not a picture\.$/],
    [403, REFUSED, /^The camera http:\/\/cam\/shot forbids this \(403\)/],
    [404, 'bad-status', /so the path is wrong\.$/],
    [429, 'bad-status', /so camd requests too often\.$/],
    [500, 'bad-status', /the camera itself has failed\.$/],
    [502, 'bad-status', /behind it is unreachable\.$/],
    [503, 'bad-status', /so it is busy/],
    [504, 'bad-status', /behind it is unreachable\.$/],
    [505, 'bad-status', /which is not a picture\.$/],
  ];
  for (const [status, code, message] of cases) t.match(refused(head(status)), { code, message, blame: 'environment' });
  t.end();
});

t.test('a refusal reports the requested scheme and the credentials sent', (t) => {
  const auth = createAuthenticator({ username: 'a', password: 'b' });
  const asks = (challenge?: string) => head(401, challenge === undefined ? {} : { 'www-authenticate': challenge });

  t.match(refused(asks('Digest realm="x"')), { code: REFUSED, message: /\(401, Digest\): set "username"/ });
  t.match(refused(asks('Basic,Digest')), { message: /\(401, Basic\)/ });
  t.match(refused(asks()), { message: /\(401, no scheme given\)/ });
  t.match(refused(asks(), auth), {
    message: /\(401\) but does not say how; the username and the password were not sent/,
  });
  t.match(refused(asks('Digest realm="x", qop="token", algorithm=MD4'), auth), {
    message: /in a way that camd does not support \(digest, algorithm MD4, qop token, no nonce\)/,
  });
  t.match(refused(asks('Digest realm="x", nonce="n", Negotiate'), auth), {
    message: /does not support \(digest; negotiate\)/,
  });
  t.match(refused(head(401, {}, new URL('http://cam:81/other')), auth), {
    message: /redirects to http:\/\/cam:81\/other, which asks .* Credentials are sent to http:\/\/cam alone/,
  });
  const sent = createAuthenticator({ username: 'a', password: 'b', scheme: 'basic' });
  sent.authorize('GET', '/');
  t.match(refused(asks('Basic'), sent), { message: /refused the username or the password \(401\)\.$/ });
  t.end();
});

t.test('the media type is returned without parameters and in lower case', (t) => {
  t.equal(mediaType(head(200, { 'content-type': ' Image/JPEG ; a=b' })), 'image/jpeg');
  t.equal(mediaType(head(200)), '');
  t.end();
});

const OPTIONS = { auth: 'auto', timeout: 700, connect_timeout: 500 } as const;

t.test('a camera gets the credentials of its options or of its URL, and is shown without them', async (t) => {
  const world = fake();
  const open = (more: Readonly<Record<string, string>>) =>
    openHttpCamera(world.node, { ...OPTIONS, url: 'http://cam/shot', ...more });
  const sent = async (more: Readonly<Record<string, string>>): Promise<string> => {
    const { request } = await open(more);
    request.auth?.challenged('Basic realm="x"');
    const header = request.auth?.authorize('GET', '/') ?? '';
    return Buffer.from(header.slice('Basic '.length), 'base64').toString();
  };

  t.equal(await sent({}), '');
  t.equal(await sent({ url: 'http://u:p@cam/shot' }), 'u:p');
  t.equal(await sent({ url: 'http://u:p@cam/shot', username: 'v' }), 'v:p');
  t.equal(await sent({ username: 'v', password: 'q' }), 'v:q');
  t.equal(await sent({ username: 'v' }), 'v:');
  const { what, request } = await open({ url: 'http://u:p@cam/shot' });
  t.notMatch(what, /u:p/);
  t.match(request, { url: { href: 'http://cam/shot' }, deadline: 700, headers: {} });
  await t.rejects(open({ url: 'http://' }), { code: 'bad-url', blame: 'profile' });
  await t.rejects(
    openHttpCamera(world.node, { ...OPTIONS, url: 'https://cam', tls: { verify: true, ca: '/nonexistent/ca.pem' } }),
    { code: 'unreadable-ca', message: /^The certificates in \/nonexistent\/ca\.pem cannot be read: / },
  );
  await world.stop();
});

t.test('a task of an interval settles with its signal while it waits', async (t) => {
  const time = manualClock();
  const control = new AbortController();
  const running = atInterval({ clock: time.clock }, 1000, control.signal, async () => {});
  await settle();
  t.equal(time.sleepers(), 1);
  control.abort();
  await running;
  t.equal(time.sleepers(), 0);
});
