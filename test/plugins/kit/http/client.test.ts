// HTTP client basics: back-off, addresses, redaction, challenges and digests.

import t from 'tap';
import { formatAddress, parseAddress } from '../../../../core/base/address.ts';
import { reason } from '../../../../core/base/reason.ts';
import { redactUrl } from '../../../../core/base/redact.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { createRetry, REFUSED } from '../../../../plugins/kit/capture/retry.ts';
import { createAuthenticator } from '../../../../plugins/kit/http/auth.ts';
import { parseChallenges } from '../../../../plugins/kit/http/challenge.ts';
import { digestAuthorization, digestStrength } from '../../../../plugins/kit/http/digest.ts';
import { createBackoff } from '../../../../plugins/kit/work/backoff.ts';

t.test('a back-off doubles up to its cap and starts again after a reset', async (t) => {
  const backoff = createBackoff({ first: 200, most: 5000, random: () => 0 });

  const waits = Array.from({ length: 7 }, () => backoff.next());
  const tries = backoff.tries;
  backoff.reset();

  t.same(waits, [200, 400, 800, 1600, 3200, 5000, 5000]);
  t.equal(tries, 7);
  t.equal(backoff.next(), 200);
});

t.test('jitter only shortens a wait, within its limit', async (t) => {
  const most = createBackoff({ first: 1000, most: 1000, jitter: 0.3, random: () => 1 });
  const none = createBackoff({ first: 1000, most: 1000, jitter: 0.3, random: () => 0 });

  t.equal(most.next(), 700);
  t.equal(none.next(), 1000);
});

t.test('a back-off returns its cap even after ten thousand calls', async (t) => {
  const backoff = createBackoff({ first: 200, most: 5000, random: () => 0 });

  for (let count = 0; count < 10_000; count++) backoff.next();

  t.equal(backoff.next(), 5000);
});

t.test('a refused password is retried much later than an unreachable feed', async (t) => {
  const retry = createRetry(undefined, () => 0);
  const refused = environment(REFUSED, 'No.');
  const away = environment('unreachable', 'Away.');

  t.same([retry.after(away), retry.after(away)], [200, 400]);
  t.same(
    Array.from({ length: 7 }, () => retry.after(refused)),
    [1e4, 2e4, 4e4, 8e4, 16e4, 3e5, 3e5],
  );
});

t.test('addresses are parsed in every form of the profile and formatted unchanged', async (t) => {
  t.same(parseAddress('127.0.0.1:9000'), { kind: 'tcp', host: '127.0.0.1', port: 9000 });
  t.same(parseAddress('[::1]:9000'), { kind: 'tcp', host: '::1', port: 9000 });
  t.same(parseAddress('[fe80::1%eth0]:9000'), { kind: 'tcp', host: 'fe80::1%eth0', port: 9000 });
  t.same(parseAddress('camera.local:81'), { kind: 'tcp', host: 'camera.local', port: 81 });
  t.same(parseAddress(':8080'), { kind: 'tcp', host: '', port: 8080 });
  t.same(parseAddress('unix:/run/camd/door.sock'), { kind: 'unix', path: '/run/camd/door.sock' });
  for (const text of ['127.0.0.1:9000', '[::1]:0', ':8080', 'unix:/run/x.sock']) {
    const address = parseAddress(text);
    t.equal(address && formatAddress(address), text);
  }
});

t.test('an invalid address is refused', async (t) => {
  const wrong = ['', '9000', '127.0.0.1', '::1:9000', '[::1]', '[abc]:1', 'a:65536', 'a:-1', 'a:1x', 'a b:1', 'unix:'];
  wrong.push('http://a:1', 'user@a:1', `unix:/${'x'.repeat(107)}`, 'unix:/a\0b');

  for (const text of wrong) t.equal(parseAddress(text), undefined, JSON.stringify(text));
});

t.test('a redacted URL has no credentials in user information, query or bot path', async (t) => {
  t.equal(redactUrl('http://admin:s3cret@cam:81/x?a=1'), 'http://***@cam:81/x?a=1');
  t.equal(
    redactUrl('http://cam/cgi-bin/api.cgi?cmd=Snap&user=admin&password=s3cret&channel=0'),
    'http://cam/cgi-bin/api.cgi?cmd=Snap&user=***&password=***&channel=0',
  );
  t.equal(
    redactUrl('https://h/x?access_token=t&X-Amz-Signature=s&p%61ssword=q'),
    'https://h/x?access_token=***&X-Amz-Signature=***&p%61ssword=***',
  );
  t.equal(redactUrl('https://api.telegram.org/bot123:AbC/sendPhoto'), 'https://api.telegram.org/bot***/sendPhoto');
  t.equal(redactUrl('not a url with s3cret'), '(no URL)');
});

t.test('several challenges are parsed, quoted or not, and malformed ones are ignored', async (t) => {
  const header = 'Digest realm="a, \\"b\\"", nonce=abc, qop="auth,auth-int", Basic realm="x", Negotiate';

  const challenges = parseChallenges(header);

  t.same(challenges, [
    { scheme: 'digest', parameters: { realm: 'a, "b"', nonce: 'abc', qop: 'auth,auth-int' } },
    { scheme: 'basic', parameters: { realm: 'x' } },
    { scheme: 'negotiate', parameters: {} },
  ]);
  for (const text of ['', ',,,', '"""', '= = =', '\u0000', 'Digest realm="unfinished']) parseChallenges(text);
});

t.test('digest answers match RFC 7616 §3.9.1, for MD5 and SHA-256', async (t) => {
  const common =
    'realm="http-auth@example.org", qop="auth, auth-int", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  const nonce = 'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"';
  const request = {
    username: 'Mufasa',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    count: 1,
  };
  const [md5, sha256] = parseChallenges(
    `Digest ${common}, algorithm=MD5, ${nonce}, Digest ${common}, algorithm=SHA-256, ${nonce}`,
  );
  if (!md5 || !sha256) throw new Error('two challenges were expected');

  t.match(digestAuthorization(md5, request), 'response="8ca523f5e9506fed4657c9700eebdbec"');
  t.match(
    digestAuthorization(sha256, request),
    'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"',
  );
  t.match(digestAuthorization(md5, request), /qop=auth, nc=00000001/);
  t.ok((digestStrength(sha256) ?? 0) > (digestStrength(md5) ?? 0), 'SHA-256 is preferred');
});

t.test('a digest without qop follows RFC 2069', async (t) => {
  const [challenge] = parseChallenges('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  if (!challenge) throw new Error('a challenge was expected');
  const request = {
    username: 'Mufasa',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    cnonce: 'x',
    count: 1,
  };

  const header = digestAuthorization(challenge, request);

  t.match(header, 'response="670fd8c2df070c60b045671b8b24ff02"');
  t.notMatch(header, /qop|nc=|cnonce/);
});

t.test('credentials are sent only after a challenge, and a nonce is reused with a rising count', async (t) => {
  const auth = createAuthenticator({ username: 'u', password: 'p' }, () => 'c');
  const challenge = 'Basic realm="r", Digest realm="r", nonce="n1", qop="auth", algorithm=MD5';

  const before = auth.authorize('GET', '/');
  const again = auth.challenged(challenge);
  const first = auth.authorize('GET', '/');
  const second = auth.authorize('GET', '/');
  const stale = auth.challenged('Digest realm="r", nonce="n2", qop="auth", stale=true');
  const third = auth.authorize('GET', '/');

  t.equal(before, undefined);
  t.equal(again, true);
  t.match(first, /^Digest .*nonce="n1".*nc=00000001/);
  t.match(second, /nc=00000002/);
  t.equal(stale, true);
  t.match(third, /nonce="n2".*nc=00000001/);
});

t.test('a wrong password is tried once per request and never sent in plain text after a digest', async (t) => {
  const auth = createAuthenticator({ username: 'u', password: 'p' });
  const challenge = 'Digest realm="r", nonce="n", qop="auth"';

  const first = auth.challenged(challenge);
  auth.authorize('GET', '/');
  const second = auth.challenged(challenge);
  const downgrade = auth.challenged('Basic realm="r"');

  t.same([first, second, downgrade], [true, false, false]);
  t.match(auth.authorize('GET', '/'), /^Digest/);
});

t.test(
  'unsupported challenges are not answered: other schemes, other hashes, and Basic if only digest is allowed',
  async (t) => {
    const auto = createAuthenticator({ username: 'u', password: 'p' });
    const other = createAuthenticator({ username: 'u', password: 'p' });
    const strict = createAuthenticator({ username: 'u', password: 'p', scheme: 'digest' });

    t.equal(auto.challenged('Negotiate'), false);
    t.equal(auto.challenged('Digest realm="r", nonce="n", algorithm=WHIRLPOOL'), false);
    t.equal(auto.challenged('Digest realm="r", qop="auth"'), false, 'a digest without a nonce');
    t.equal(other.challenged('Digest realm="r", nonce="n", qop="auth-int"'), true);
    t.equal(strict.challenged(undefined), false);
    t.equal(strict.challenged('Basic realm="r"'), false);
    t.equal(auto.challenged('Basic realm="r"'), true);
    t.equal(auto.authorize('GET', '/'), `Basic ${Buffer.from('u:p').toString('base64')}`);
  },
);

t.test('a server that refuses without a challenge receives Basic once, but not after a digest', async (t) => {
  const auth = createAuthenticator({ username: 'u', password: 'p' });
  const careful = createAuthenticator({ username: 'u', password: 'p' });

  const first = auth.challenged(undefined);
  const sent = auth.authorize('GET', '/');
  const second = auth.challenged('');
  careful.challenged('Digest realm="r", nonce="n"');
  const afterDigest = careful.challenged(undefined);

  t.same([first, second, afterDigest], [true, false, false]);
  t.match(sent, /^Basic /);
});

t.test('"basic" sends the credentials without a challenge, and reports whether any were sent', async (t) => {
  const basic = createAuthenticator({ username: 'u', password: 'p', scheme: 'basic' });
  const auto = createAuthenticator({ username: 'u', password: 'p' });

  t.equal(basic.authorize('GET', '/'), `Basic ${Buffer.from('u:p').toString('base64')}`);
  t.equal(auto.authorize('GET', '/'), undefined);
  t.same([basic.wasSent, auto.wasSent], [true, false]);
  t.equal(basic.challenged('Basic realm="r"'), false, 'the credentials were wrong');
});

t.test('a nonce whose second use is refused is dropped, and after two such nonces each is used once', async (t) => {
  const auth = createAuthenticator({ username: 'u', password: 'p' });
  const ask = (nonce: string): boolean => auth.challenged(`Digest realm="r", nonce="${nonce}", qop="auth"`);

  const first = [auth.denied(), ask('1'), auth.authorize('GET', '/'), auth.denied()];
  const reused = auth.authorize('GET', '/');
  const again = [auth.denied(), auth.authorize('GET', '/'), ask('2')];
  auth.authorize('GET', '/');
  auth.authorize('GET', '/');
  const twice = [auth.denied(), ask('3')];
  auth.authorize('GET', '/');
  const afterwards = auth.authorize('GET', '/');

  t.same([first[0], first[1], first[3]], [false, true, false], 'a refused first use is final');
  t.match(reused, /nonce="1".*nc=00000002/);
  t.same(again, [true, undefined, true]);
  t.same(twice, [true, true]);
  t.equal(afterwards, undefined, 'the next request is sent without a nonce');
});

t.test('a connection error is described in words, also as a cause or as one of several', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

  t.equal(reason(refused), 'nothing is listening there');
  t.equal(reason(new AggregateError([refused, new Error('other')])), 'nothing is listening there');
  t.equal(reason(new Error('outer', { cause: refused })), 'nothing is listening there');
  t.equal(reason(new Error('as it is')), 'as it is');
  t.equal(reason('text'), 'text');
});
