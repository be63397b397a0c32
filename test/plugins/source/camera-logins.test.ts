// Logins of cameras: every challenge that curl answers is answered, and credentials stay with their origin.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { type FakeCamera, fakeCamera, response } from '../../support/fake-camera.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);

const PICTURE = sampleJpeg({ seed: 15 });
const [USER, PASSWORD] = ['cam', 's3cret'];
const BASIC = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
const picture = (): Buffer => response('200 OK', ['Content-Type: image/jpeg', 'Connection: close'], PICTURE);
const refused = (status: string, ...headers: readonly string[]): Buffer =>
  response(status, [...headers, 'Connection: close'], 'no');

/** True if a request carries the right answer to a challenge for realm "x"; independent of the client's code. */
function passes(head: string, nonce: string): boolean {
  const authorization = /\r\nAuthorization: Digest (.*)/i.exec(head)?.[1];
  if (authorization === undefined) return false;
  const field = (name: string): string =>
    new RegExp(`(?:^|[ ,])${name}=(?:"([^"]*)"|([^ ,]*))`, 'i').exec(authorization)?.slice(1).join('') ?? '';
  const algorithm = field('algorithm').toUpperCase() || 'MD5';
  const hash = (text: string): string =>
    createHash(HASHES[algorithm.replace('-SESS', '')] ?? 'none')
      .update(text)
      .digest('hex');
  const [method, path] = head.split(' ');
  const secret = hash(`${USER}:x:${PASSWORD}`);
  const first = algorithm.endsWith('-SESS') ? hash(`${secret}:${nonce}:${field('cnonce')}`) : secret;
  const qop = field('qop');
  const second = hash(`${method}:${path}${qop === 'auth-int' ? `:${hash('')}` : ''}`);
  const middle = qop === '' ? nonce : [nonce, field('nc'), field('cnonce'), qop].join(':');
  const name = field('userhash') === 'true' ? hash(`${USER}:x`) : USER;
  const isWhole = field('nonce') === nonce && field('uri') === path && field('username') === name;
  return isWhole && field('response') === hash(`${first}:${middle}:${second}`);
}

const N = 'nonce="q83v"';
/** Challenges that a camera sends together, in headers of their own. */
const CHALLENGES: Readonly<Record<string, readonly string[]>> = {
  'MD5 without qop': [`Digest realm="x", ${N}`],
  'MD5 with qop auth': [`Digest realm="x", qop="auth", ${N}`],
  'MD5 by name': [`Digest realm="x", qop="auth", algorithm=MD5, ${N}`],
  'MD5 by name in quotes': [`Digest realm="x", qop="auth", algorithm="MD5", ${N}`],
  'MD5 with an opaque value': [`Digest realm="x", qop="auth", opaque="a/b==", ${N}`],
  'MD5-sess': [`Digest realm="x", qop="auth", algorithm=MD5-sess, ${N}`],
  'SHA-256': [`Digest realm="x", qop="auth", algorithm=SHA-256, ${N}`],
  'SHA-256 without qop': [`Digest realm="x", algorithm=SHA-256, ${N}`],
  'SHA-256-sess': [`Digest realm="x", qop="auth", algorithm=SHA-256-sess, ${N}`],
  'a hashed user name': [`Digest realm="x", qop="auth", algorithm=SHA-256, userhash=true, ${N}`],
  'auth and auth-int': [`Digest realm="x", qop="auth,auth-int", ${N}`],
  'auth-int alone': [`Digest realm="x", qop="auth-int", ${N}`],
  'an empty qop': [`Digest realm="x", qop="", ${N}`],
  'a qop without quotes': [`Digest realm="x", qop=auth, ${N}`],
  'no spaces': [`Digest realm="x",qop="auth",${N}`],
  'names in upper case': ['DIGEST REALM="x", QOP="auth", NONCE="q83v"'],
  'an unknown parameter': [`Digest realm="x", domain="/", charset=UTF-8, strange=1, qop="auth", ${N}`],
  'no quote at the end': ['Digest realm="x", qop="auth", nonce="q83v'],
  'two hashes, the weaker one first': [
    `Digest realm="x", qop="auth", algorithm=MD5, ${N}`,
    `Digest realm="x", qop="auth", algorithm=SHA-256, ${N}`,
  ],
  'an unknown hash beside MD5': [`Digest realm="x", algorithm=NONE, ${N}`, `Digest realm="x", qop="auth", ${N}`],
  'Basic before Digest': ['Basic realm="x"', `Digest realm="x", qop="auth", ${N}`],
  'an unknown scheme before Digest': ['Strange a=b', `Digest realm="x", qop="auth", ${N}`],
  'Basic alone': ['Basic realm="x"'],
  'Basic without a realm': ['Basic'],
};

async function curlShows(port: number, path: string): Promise<boolean> {
  const argv = ['-qs', '--anyauth', '-u', `${USER}:${PASSWORD}`, '-m', '20', `http://127.0.0.1:${port}${path}`];
  const options = { encoding: 'buffer' as const, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)('curl', argv, options).catch(() => ({ stdout: Buffer.alloc(0) }));
  return stdout.equals(PICTURE);
}

const node = (id: string, port: number, more: string): string =>
  `  ${id}: { use: source/http-poll, url: "http://127.0.0.1:${port}/${id}", every: 50ms, ${more} }`;
const LOGIN = `username: ${USER}, password: ${PASSWORD}`;
const start = (t: Ending, ...nodes: readonly string[]) => run(t, ['camd: 1', 'pipeline:', ...nodes].join('\n'));
const requestsOf = ({ requests }: FakeCamera, id: string): string[] =>
  requests.filter((head) => head.startsWith(`GET /${id} `));

t.test('camd answers every challenge that curl answers', async (t) => {
  const forms = Object.entries(CHALLENGES);
  const camera = await fakeCamera(t, (socket, head) => {
    const [, challenges = []] = forms[Number(/^GET \/c(\d+)/.exec(head)?.[1])] ?? [];
    const isBasic = challenges.every((challenge) => challenge.startsWith('Basic'));
    const isRight = isBasic ? head.includes(BASIC) : passes(head, 'q83v');
    const ask = challenges.map((challenge) => `WWW-Authenticate: ${challenge}`);
    socket.end(isRight ? picture() : refused('401 Unauthorized', ...ask));
  });

  const shown = await Promise.all(forms.map((_, at) => curlShows(camera.port, `/c${at}`)));
  const camd = await start(t, ...forms.map((_, at) => node(`c${at}`, camera.port, LOGIN)));

  for (const [at, [name]] of forms.entries()) {
    const { framesOut } = await camd.state(`c${at}`, 'running');
    await until(() => camd.status(`c${at}`).framesOut > framesOut, name);
    t.pass(`${name}${shown[at] ? '' : ' (not by this curl)'}`);
  }
  t.ok(shown.filter(Boolean).length >= 20, `curl answers ${shown.filter(Boolean).length} of ${forms.length}`);
  const all = camera.requests.filter((head) => head.includes('User-Agent: camd')).join('\n');
  t.notMatch(all, PASSWORD);
});

t.test('a nonce that is refused on reuse is replaced, for every form of refusal', async (t) => {
  const used = new Set<string>();
  let last = 0;
  const camera = await fakeCamera(t, (socket, head) => {
    const nonce = /nonce="(\w+)"/.exec(head)?.[1] ?? '';
    const fresh = `WWW-Authenticate: Digest realm="x", qop="auth", nonce="n${++last}"`;
    if (!passes(head, nonce)) socket.end(refused('401 Unauthorized', fresh));
    else if (!used.has(nonce)) {
      used.add(nonce);
      socket.end(picture());
    } else if (head.includes('/stale')) socket.end(refused('401 Unauthorized', `${fresh}, stale=true`));
    else socket.end(refused(head.includes('/bad') ? '400 Bad Request' : '403 Forbidden'));
  });
  const camd = await start(t, ...['forbidden', 'bad', 'stale'].map((id) => node(id, camera.port, LOGIN)));
  const frames = ['forbidden', 'bad', 'stale'].map((id) => collect(camd, id));

  await until(() => frames.every(({ length }) => length >= 5), 'five pictures of each');

  for (const id of ['forbidden', 'bad', 'stale']) t.equal(camd.status(id).state.is, 'running', id);
  for (const id of ['forbidden', 'bad']) {
    const [again, ...more] = reused(requestsOf(camera, id));
    t.ok(again !== undefined, `${id}: a nonce is used again`);
    t.ok(more.length <= 1, `${id}: after two refusals each nonce is used once, not ${more.length + 1}`);
  }
});

/** Requests with the nonce of an earlier request. */
function reused(heads: readonly string[]): string[] {
  const seen = new Set<string>();
  return heads.filter((head) => {
    const nonce = /nonce="(\w+)"/.exec(head)?.[1];
    if (nonce === undefined) return false;
    const isAgain = seen.has(nonce);
    seen.add(nonce);
    return isAgain;
  });
}

t.test('Basic is sent without a challenge if configured, or if a camera refuses without a challenge', async (t) => {
  const camera = await fakeCamera(t, (socket, head) => {
    if (head.includes(BASIC)) socket.end(picture());
    else if (head.includes('/page')) socket.end(response('200 OK', ['Content-Type: text/html'], '<form>login</form>'));
    else socket.end(refused(head.includes('/forbidden') ? '403 Forbidden' : '401 Unauthorized'));
  });
  const camd = await start(
    t,
    ...['mute', 'forbidden', 'page'].map((id) => node(id, camera.port, `${LOGIN}, auth: basic`)),
    node('auto', camera.port, LOGIN),
    node('digest', camera.port, `${LOGIN}, auth: digest`),
  );

  for (const id of ['mute', 'forbidden', 'page', 'auto']) await camd.state(id, 'running');
  for (const id of ['mute', 'forbidden', 'page', 'auto']) await until(() => camd.status(id).framesOut > 0, id);
  const { lastError } = await camd.state('digest', 'degraded');

  for (const id of ['mute', 'forbidden', 'page']) {
    t.ok(
      requestsOf(camera, id).every((head) => head.includes(BASIC)),
      id,
    );
  }
  t.notOk(requestsOf(camera, 'auto')[0]?.includes('Authorization'), 'the first request of "auto" has no credentials');
  t.notOk(requestsOf(camera, 'digest').some((head) => head.includes('Authorization')));
  t.match(lastError, /asks for authentication \(401\) but does not say how; .* were not sent/);
});

t.test('a cookie set by a redirect is sent to its target', async (t) => {
  const camera = await fakeCamera(t, (socket, head) => {
    if (/\r\nCookie: sid=1/i.test(head)) socket.end(picture());
    else socket.end(refused('302 Found', 'Set-Cookie: sid=1; path=/', 'Location: /session'));
  });
  const camd = await start(t, node('session', camera.port, 'mode: always'));
  const frames = collect(camd, 'session');

  await until(() => frames.length >= 2, 'two pictures');

  t.equal(camera.requests.filter((head) => !/\r\nCookie:/i.test(head)).length, 1, 'it is requested once');
});

t.test('credentials, headers and cookies stay with their scheme, host and port', async (t) => {
  const other = await fakeCamera(t, (socket, head) => {
    socket.end(head.includes('/open') ? picture() : refused('401 Unauthorized', 'WWW-Authenticate: Basic realm="x"'));
  });
  const secure = await fakeCamera(t, (socket) => void socket.destroy());
  const camera = await fakeCamera(t, (socket, head) => {
    const to: Readonly<Record<string, string>> = {
      port: `http://127.0.0.1:${other.port}/port`,
      open: `http://127.0.0.1:${other.port}/open`,
      host: `http://localhost:${other.port}/host`,
      scheme: `https://127.0.0.1:${secure.port}/scheme`,
      user: `http://else:else@127.0.0.1:${other.port}/user`,
    };
    const [, id = ''] = /^GET \/(\w+)/.exec(head) ?? [];
    socket.end(refused('302 Found', 'Set-Cookie: sid=1; path=/', `Location: ${to[id]}`));
  });
  const secrets = `${LOGIN}, auth: basic, headers: { X-Key: k3y }`;
  const ids = ['port', 'open', 'host', 'scheme', 'user'];
  const camd = await start(t, ...ids.map((id) => node(id, camera.port, secrets)));

  await until(() => camd.status('open').framesOut > 0, 'the picture of the other port');
  const errors = await Promise.all(
    ['port', 'host', 'scheme', 'user'].map(async (id) => (await camd.state(id, 'degraded')).lastError ?? ''),
  );

  const [port, host, scheme, user] = errors;
  t.match(port, /redirects to .*asks for authentication \(401\)\. Credentials are sent to .* alone/);
  t.match(host, /redirects to .*which is another host/);
  t.match(scheme, /cannot be read/);
  t.match(user, /Credentials are sent to .* alone/);
  t.ok(camera.requests.every((head) => head.includes(BASIC) && head.includes('k3y')));
  t.ok(other.requests.length >= 3);
  t.equal(other.requests.filter((head) => /authorization|cookie|k3y|else:/i.test(head)).length, 0);
  t.equal(other.requests.filter((head) => head.includes('/host')).length, 0);
  t.notMatch(JSON.stringify([camd.lines, camd.daemon.view.nodes()]), /s3cret|k3y|else:else/);
});
