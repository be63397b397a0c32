// Request targets: those that all parsers read alike are accepted, ambiguous ones are refused.

import t from 'tap';
import { canonicalTarget, encodeTarget, MAX_TARGET } from '../../../../plugins/kit/proxy/canonical-path.ts';

t.test('a target is decoded, and encoded again for the upstream server', (t) => {
  const cases: readonly (readonly [string, string, readonly (readonly [string, string])[], string])[] = [
    ['/', '/', [], '/'],
    ['/a/b', '/a/b', [], '/a/b'],
    ['/a/', '/a/', [], '/a/'],
    ['/%61%20b', '/a b', [], '/a%20b'],
    ['/%C3%A9', '/é', [], '/%C3%A9'],
    ['/a?', '/a', [], '/a'],
    [
      '/a?x=1&y',
      '/a',
      [
        ['x', '1'],
        ['y', ''],
      ],
      '/a?x=1&y',
    ],
    ['/a?&x=1&&', '/a', [['x', '1']], '/a?x=1'],
    ['/a?x=', '/a', [['x', '']], '/a?x'],
    ['/a?=1', '/a', [['', '1']], '/a?=1'],
    ['/a?x+y=1+2=3', '/a', [['x y', '1 2=3']], '/a?x%20y=1%202%3D3'],
    ['/a?x=/..;', '/a', [['x', '/..;']], '/a?x=%2F..%3B'],
    ['/a?b?c', '/a', [['b?c', '']], '/a?b%3Fc'],
    ['/%25zz', '/%zz', [], '/%25zz'],
    ['/...', '/...', [], '/...'],
  ];
  for (const [target, path, query, encoded] of cases) {
    const found = canonicalTarget(target);
    t.strictSame(found, { path, query }, target);
    t.equal(found && encodeTarget(found), encoded, target);
  }
  t.end();
});

t.test('a target that two parsers could read differently is refused', (t) => {
  for (const target of [
    '',
    'a',
    'http://cam/',
    '*',
    '/a b',
    '/a\n',
    '/é',
    '/a#b',
    '/a\\b',
    '/a;b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a%3bb',
    '/a%00',
    '/a%1f',
    '/a%7f',
    '/a%C2%80',
    '/a%C2%9f',
    '/a%ff',
    '/a%',
    '/a%2',
    '/%2561',
    '/%252e',
    '/.',
    '/..',
    '/a/./b',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a/..',
    '//a',
    '/a//b',
    '//',
    '/a?x=%00',
    '/a?%00=x',
    '/a?x=%ff',
    '/a?%ff',
  ]) {
    t.equal(canonicalTarget(target), undefined, JSON.stringify(target));
  }
  t.ok(canonicalTarget('/a%C2%A0'), 'the first character after the controls');
  t.ok(canonicalTarget('/%20~'), 'the printable characters at both ends');
  t.end();
});

t.test('the length of a target is limited', (t) => {
  t.ok(canonicalTarget(`/${'a'.repeat(MAX_TARGET - 1)}`));
  t.equal(canonicalTarget(`/${'a'.repeat(MAX_TARGET)}`), undefined);
  t.end();
});
