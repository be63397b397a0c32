// Cookies of cameras: acceptance, paths, lifetime and number.

import t from 'tap';
import { createCookieJar } from '../../../../plugins/kit/camera/cookies.ts';

/** The number of cookies of a camera, and the bytes of each. */
const MAX_COOKIES = 32;
const MAX_COOKIE_BYTES = 4096;

const at = (path: string): URL => new URL(path, 'http://cam');

function jar(...cookies: string[]) {
  let now = 1_000_000;
  const made = createCookieJar(() => now);
  made.keep(at('/a/b/c'), cookies);
  return { ...made, at: (path: string) => made.header(at(path)), pass: (ms: number) => (now += ms) };
}

t.test('a cookie without a path is for the folder in which it was set', (t) => {
  const { at } = jar('x=1');
  t.equal(at('/a/b/c'), 'x=1');
  t.equal(at('/a/b/d'), 'x=1');
  t.equal(at('/a/b'), 'x=1');
  t.equal(at('/a/bc'), undefined);
  t.equal(at('/a'), undefined);
  const top = createCookieJar();
  top.keep(new URL('http://cam/login'), ['x=1']);
  t.equal(top.header(new URL('http://cam/other')), 'x=1');
  t.end();
});

t.test('a path ends at a slash', (t) => {
  t.equal(jar('x=1; Path=/a').at('/a/z'), 'x=1');
  t.equal(jar('x=1; Path=/a').at('/az'), undefined);
  t.equal(jar('x=1; Path=/a/').at('/a/z'), 'x=1');
  t.equal(jar('x=1; Path=/a/').at('/a'), undefined);
  t.equal(jar('x=1; Path=/').at('/z'), 'x=1');
  t.equal(jar('x=1; Path=a').at('/a/b/z'), 'x=1', 'an invalid path is not used');
  t.equal(jar('x=1; Path=a').at('/z'), undefined);
  t.end();
});

t.test('names and values are read unchanged', (t) => {
  t.equal(jar(' x = a=b ; HttpOnly').at('/a/b/c'), 'x=a=b');
  t.equal(jar('x=').at('/a/b/c'), 'x=');
  t.equal(jar('=1', 'nothing', ' =2', '').at('/a/b/c'), undefined);
  t.equal(jar('x=1', 'y=2', 'x=3').at('/a/b/c'), 'y=2; x=3');
  t.equal(jar('x=1; path=/', 'x=2').at('/a/b/c'), 'x=1; x=2', 'of two paths');
  t.end();
});

t.test('a maximum age ends a cookie; a date ends it only if it is long past', (t) => {
  const short = jar('x=1; Max-Age=10');
  short.pass(9_999);
  t.equal(short.at('/a/b/c'), 'x=1');
  short.pass(1);
  t.equal(short.at('/a/b/c'), undefined);

  for (const [attributes, is] of [
    ['Max-Age=0', undefined],
    ['Max-Age=-1', undefined],
    ['MAX-AGE = 1', 'x=2'],
    ['Max-Age=soon', 'x=2'],
    ['Expires=Thu, 01 Jan 1970 00:00:00 GMT', undefined],
    ['Expires=Sun, 31 Dec 1989 23:59:59 GMT', undefined],
    ['Expires=Mon, 01 Jan 1990 00:00:00 GMT', 'x=2'],
    ['Expires=Thu, 01 Jan 2009 00:00:00 GMT', 'x=2'],
    ['Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5', 'x=2'],
    ['Expires=never', 'x=2'],
  ] as const)
    t.equal(jar('x=1', `x=2; ${attributes}`).at('/a/b/c'), is, attributes);
  const long = jar('x=1');
  long.pass(1e12);
  t.equal(long.at('/a/b/c'), 'x=1', 'without an age it stays');
  t.end();
});

t.test('the largest cookie is kept, and the oldest is dropped beyond the limit', (t) => {
  const sized = (length: number): string => `x=${'y'.repeat(length - 2)}`;
  t.equal(jar(sized(MAX_COOKIE_BYTES)).at('/a/b/c'), sized(MAX_COOKIE_BYTES));
  t.equal(jar(sized(MAX_COOKIE_BYTES + 1)).at('/a/b/c'), undefined);

  const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `c${from + n}=1`);
  t.equal(jar(...names(0, MAX_COOKIES)).at('/a/b/c'), names(0, MAX_COOKIES).join('; '));
  t.equal(jar(...names(0, MAX_COOKIES + 1)).at('/a/b/c'), names(1, MAX_COOKIES + 1).join('; '));
  const again = jar(...names(0, MAX_COOKIES), 'c0=1', 'new=1').at('/a/b/c');
  t.equal(again, [...names(2, MAX_COOKIES), 'c0=1', 'new=1'].join('; '), 'a cookie that is set again counts as new');
  t.end();
});
