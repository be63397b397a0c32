// Answers to challenges, step by step: credentials sent, retries, and the use of nonces.

import t from 'tap';
import { type AuthScheme, createAuthenticator } from '../../../../plugins/kit/http/auth.ts';

const BASIC = `Basic ${Buffer.from('ann:s:t').toString('base64')}`;
const digest = (nonce: string, more = ''): string => `Digest realm="cam", qop="auth", nonce="${nonce}"${more}`;

function authenticator(scheme?: AuthScheme) {
  let made = 0;
  const auth = createAuthenticator(
    { username: 'ann', password: 's:t', ...(scheme ? { scheme } : {}) },
    () => `c${++made}`,
  );
  const ask = (): string | undefined => auth.authorize('GET', '/shot?a=1');
  /** The credentials in the request, in short. */
  const carries = (): string => {
    const text = ask();
    if (text === undefined || text === BASIC) return text === undefined ? 'nothing' : 'basic';
    const part = (name: string): string => new RegExp(`[ ]${name}="?([^",]+)`).exec(text)?.[1] ?? '-';
    return `${part('nonce')} ${part('cnonce')} ${part('nc')}`;
  };
  return { auth, ask, carries };
}

t.test('no credentials are sent before a challenge, except with Basic by option', (t) => {
  for (const scheme of [undefined, 'auto', 'digest'] as const) {
    const { auth, ask } = authenticator(scheme);
    t.equal(ask(), undefined);
    t.equal(auth.wasSent, false);
  }
  const { auth, ask } = authenticator('basic');
  t.equal(ask(), BASIC);
  t.equal(auth.wasSent, true);
  t.end();
});

t.test('Basic is tried once: a second refusal means a wrong password', (t) => {
  const { auth, carries } = authenticator();

  t.equal(auth.challenged('Basic realm="cam"'), true);
  t.equal(auth.wasSent, false);
  t.equal(carries(), 'basic');
  t.equal(auth.challenged('Basic realm="cam"'), false);
  t.equal(authenticator('basic').auth.challenged('Basic realm="cam"'), false);
  t.end();
});

t.test('a camera that refuses without a challenge receives the password once, unless only a digest is allowed', (t) => {
  for (const header of [undefined, '', '  ']) {
    const { auth, carries } = authenticator();
    t.equal(auth.challenged(header), true);
    t.equal(carries(), 'basic');
    t.equal(auth.challenged(header), false);
  }
  for (const header of [undefined, 'Bearer', 'Negotiate abc']) {
    const { auth, carries } = authenticator(header === undefined ? 'digest' : 'auto');
    t.equal(auth.challenged(header), false);
    t.equal(carries(), 'nothing');
  }
  t.end();
});

t.test('a server that received a digest never receives the password itself', (t) => {
  const { auth, carries } = authenticator();
  auth.challenged(digest('n1'));
  carries();
  carries();
  auth.denied();

  t.equal(carries(), 'nothing');
  t.equal(auth.challenged('Basic realm="cam"'), false);
  t.equal(auth.challenged(''), false);
  t.equal(carries(), 'nothing');
  t.equal(auth.challenged(digest('n2')), true);
  t.end();
});

t.test('the strongest digest is preferred to Basic, and each scheme can be excluded', (t) => {
  const md5 = digest('weak');
  const sha = digest('strong', ', algorithm=SHA-256');
  const other = digest('other', ', algorithm=SHA-512-256');
  const cases: readonly (readonly [string, AuthScheme, string])[] = [
    [`Basic realm="x", ${md5}, ${sha}`, 'auto', 'strong c1 00000001'],
    [`${sha}, ${md5}`, 'auto', 'strong c1 00000001'],
    [`${sha}, ${other}`, 'auto', 'strong c1 00000001'],
    [`${other}, ${sha}`, 'auto', 'other c1 00000001'],
    [`${md5}, Basic realm="x"`, 'auto', 'weak c1 00000001'],
    [`${md5}, Basic realm="x"`, 'basic', 'basic'],
    [`Basic realm="x", ${md5}`, 'digest', 'weak c1 00000001'],
    [`Basic realm="x"`, 'digest', 'nothing'],
    [digest('odd', ', algorithm=MD4'), 'auto', 'nothing'],
  ];
  for (const [header, scheme, carried] of cases) {
    const { auth, carries } = authenticator(scheme);
    auth.challenged(header);
    t.equal(carries(), carried, `${scheme}: ${header}`);
  }
  t.end();
});

t.test('a nonce is counted up; a new challenge after its first use means a wrong password, unless it is stale', (t) => {
  const { auth, carries } = authenticator();

  t.equal(auth.challenged(digest('n1')), true);
  t.equal(carries(), 'n1 c1 00000001');
  t.equal(auth.challenged(digest('n2')), false);
  t.equal(carries(), 'n2 c2 00000001');
  t.equal(auth.challenged(digest('n3', ', stale=TRUE')), true);
  t.equal(auth.challenged(digest('n3', ', stale=false')), false);
  t.end();
});

t.test('a nonce that was used before may have expired, so the request is retried', (t) => {
  const { auth, carries } = authenticator();
  auth.challenged(digest('n1'));
  carries();

  t.equal(carries(), 'n1 c1 00000002');
  t.equal(auth.challenged(digest('n2')), true);
  t.equal(carries(), 'n2 c2 00000001');
  t.end();
});

t.test('after two refusals of a reused nonce, each nonce is used once', (t) => {
  for (const refuse of ['challenge', 'denial'] as const) {
    const { auth, carries } = authenticator();
    const twice = (nonce: string): void => {
      auth.challenged(digest(nonce));
      carries();
      carries();
    };
    twice('n1');
    if (refuse === 'denial') t.equal(auth.denied(), true);
    twice('n2');
    if (refuse === 'denial') t.equal(auth.denied(), true);
    auth.challenged(digest('n3'));

    t.equal(carries(), `n3 c3 00000001`, refuse);
    t.equal(carries(), 'nothing', refuse);
    auth.challenged(digest('n4'));
    t.equal(carries(), `n4 c4 00000001`, refuse);
  }
  const { auth, carries } = authenticator();
  auth.challenged(digest('n1'));
  carries();
  carries();
  auth.challenged(digest('n2'));
  carries();
  t.equal(carries(), 'n2 c2 00000002', 'a single refusal changes nothing');
  t.end();
});

t.test('a denied request is retried only if its nonce was used before', (t) => {
  const { auth, carries } = authenticator();

  t.equal(auth.denied(), false);
  auth.challenged(digest('n1'));
  t.equal(auth.denied(), false);
  carries();
  t.equal(auth.denied(), false);
  carries();
  t.equal(auth.denied(), true);
  t.equal(carries(), 'nothing');
  t.equal(authenticator('basic').auth.denied(), false);
  t.end();
});

t.test('each client generates its own random cnonce', (t) => {
  const cnonce = (): string => {
    const auth = createAuthenticator({ username: 'a', password: 'b' });
    auth.challenged(digest('n'));
    return /cnonce="([0-9a-f]{32})"/.exec(auth.authorize('GET', '/') ?? '')?.[1] ?? '';
  };

  t.not(cnonce(), '');
  t.not(cnonce(), cnonce());
  t.end();
});
