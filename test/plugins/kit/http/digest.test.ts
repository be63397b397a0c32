// The Authorization header of HTTP Digest, field by field.

import { createHash } from 'node:crypto';
import t from 'tap';
import { parseChallenges } from '../../../../plugins/kit/http/challenge.ts';
import { type DigestRequest, digestAuthorization, digestStrength } from '../../../../plugins/kit/http/digest.ts';

const REQUEST: DigestRequest = {
  username: 'ann',
  password: 'secret',
  method: 'GET',
  uri: '/a?b="c"',
  cnonce: 'cn',
  count: 171,
};
const challenge = (parameters: string) => {
  const [parsed] = parseChallenges(`Digest realm="r", nonce="n"${parameters}`);
  if (!parsed) throw new Error('no challenge');
  return parsed;
};
const header = (parameters: string, more: Partial<DigestRequest> = {}): string =>
  digestAuthorization(challenge(parameters), { ...REQUEST, ...more });
const md5 = (...parts: string[]): string => createHash('md5').update(parts.join(':')).digest('hex');
const sha256 = (...parts: string[]): string => createHash('sha256').update(parts.join(':')).digest('hex');

t.test('each kind of challenge is answered with its required fields', (t) => {
  const uri = '/a?b="c"';
  const second = md5('GET', uri);
  const first = md5('ann', 'r', 'secret');
  const start = 'Digest username="ann", realm="r", nonce="n", uri="/a?b=\\"c\\""';
  const sha = sha256(sha256('ann', 'r', 'secret'), 'n', '000000ab', 'cn', 'auth', sha256('GET', uri));
  const session = md5(first, 'n', 'cn');

  t.equal(header(''), `${start}, response="${md5(first, 'n', second)}"`, 'without qop, as in RFC 2069');
  t.equal(
    header(', qop="auth,auth-int", opaque="o\\"p"'),
    `${start}, response="${md5(first, 'n', '000000ab', 'cn', 'auth', second)}", opaque="o\\"p", qop=auth, nc=000000ab, cnonce="cn"`,
  );
  t.equal(
    header(', qop=auth, algorithm=SHA-256'),
    `${start}, response="${sha}", algorithm=SHA-256, qop=auth, nc=000000ab, cnonce="cn"`,
  );
  t.equal(
    header(', algorithm=md5-sess'),
    `${start}, response="${md5(session, 'n', second)}", algorithm=md5-sess, cnonce="cn"`,
  );
  t.equal(
    header(', qop=auth, algorithm=MD5-sess'),
    `${start}, response="${md5(session, 'n', '000000ab', 'cn', 'auth', second)}", algorithm=MD5-sess, qop=auth, nc=000000ab, cnonce="cn"`,
  );
  const covered = (body: string): string => md5(first, 'n', '000000ab', 'cn', 'auth-int', md5('GET', uri, md5(body)));
  t.match(header(', qop="auth-int"', { body: 'x' }), `response="${covered('x')}", qop=auth-int,`);
  t.match(header(', qop="auth-int"'), `response="${covered('')}", qop=auth-int,`);
  t.end();
});

t.test(
  'a name is hashed if the server requires it, and a non-ASCII challenge is written in the extended notation',
  (t) => {
    const name = (username: string, parameters = ''): string =>
      / (username\*?=.*), realm=/.exec(header(parameters, { username }))?.[1] ?? '';

    t.match(header(', qop=auth, userhash=TRUE'), `username="${md5('ann', 'r')}"`);
    t.match(header(', qop=auth, userhash=TRUE'), /, cnonce="cn", userhash=true$/);
    t.notMatch(header(', qop=auth, userhash=false'), /userhash/);
    t.equal(name('a\\n"n'), 'username="a\\\\n\\"n"');
    t.equal(name('~ !'), 'username="~ !"');
    t.equal(name("Jäsøn (D*'e)"), "username*=UTF-8''J%C3%A4s%C3%B8n%20%28D%2a%27e%29");
    t.equal(name('tab\t'), "username*=UTF-8''tab%09");
    t.equal(name('delete\x7f'), "username*=UTF-8''delete%7F");
    t.end();
  },
);

t.test('a name is hashed as in the example of RFC 7616 §3.9.2, as corrected by erratum 4897', (t) => {
  const [example] = parseChallenges(
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
  );
  const text =
    example &&
    digestAuthorization(example, {
      username: 'Jäsøn Doe',
      password: 'Secret, or not?',
      method: 'GET',
      uri: '/doe.json',
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm',
      count: 1,
    });

  t.match(text, 'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"');
  t.end();
});

t.test('only digests with a known hash and qop can be answered, and SHA-2 is stronger than MD5', (t) => {
  const strength = (parameters: string): number => digestStrength(challenge(parameters)) ?? 0;

  for (const weak of [
    '',
    ', algorithm=MD5',
    ', algorithm=md5-sess',
    ', qop=""',
    ', qop=" , auth"',
    ', qop="AUTH-INT"',
  ]) {
    t.ok(strength(weak) > 0, weak);
    for (const strong of [', algorithm=SHA-256', ', algorithm=sha-256-sess', ', algorithm=SHA-512-256']) {
      t.ok(strength(strong) > strength(weak), strong);
    }
  }
  for (const unknown of [', algorithm=MD4', ', algorithm=SHA-1-sess', ', qop=token']) t.equal(strength(unknown), 0);
  for (const other of ['Basic realm="r", nonce="n"', 'Digest realm="r"']) {
    const [parsed] = parseChallenges(other);
    t.equal(parsed && digestStrength(parsed), undefined, other);
  }
  t.end();
});
