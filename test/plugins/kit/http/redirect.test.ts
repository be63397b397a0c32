// Allowed targets of redirects.

import t from 'tap';
import { isRedirect, redirected } from '../../../../plugins/kit/http/redirect.ts';

t.test('these statuses are redirects', (t) => {
  const all = Array.from({ length: 500 }, (_, index) => index + 100);

  t.strictSame(all.filter(isRedirect), [301, 302, 303, 307, 308]);
  t.end();
});

t.test('another path, port or TLS on the same host is followed, without user information', (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['http://cam/a/b', 'c?d=1', 'http://cam/a/c?d=1'],
    ['http://cam/a', '//cam:81/b', 'http://cam:81/b'],
    ['http://cam/a', 'https://cam/b', 'https://cam/b'],
    ['https://cam/a', 'https://cam:444/b', 'https://cam:444/b'],
    ['http://cam/', 'http://u:p@cam/b', 'http://cam/b'],
  ];
  for (const [from, location, to] of cases) t.equal(redirected(new URL(from), location).href, to, location);
  t.end();
});

t.test('another host, or plain HTTP after TLS, is refused', (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['http://cam/', 'http://other/', /^http:\/\/cam\/ redirects to http:\/\/other\/, which is another host/],
    ['https://cam/', 'http://cam/', /not encrypted/],
    ['http://cam/', 'ftp://cam/', /another host/],
    ['https://cam/', 'https://u:secret@other/', /redirects to https:\/\/(?!u:secret)/],
    ['http://cam/', 'http://', /^http:\/\/cam\/ redirects to an invalid URL\.$/],
  ];
  for (const [from, location, message] of cases) {
    t.throws(
      () => redirected(new URL(from), location),
      { code: 'bad-redirect', blame: 'environment', message },
      location,
    );
  }
  t.end();
});
