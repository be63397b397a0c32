// Parts of a candidate that camd would read or load before the candidate can be checked.

import t from 'tap';
import { unreadable } from '../../../../../plugins/kit/editing/power/unread.ts';

const MAIN = '/p/main.yaml';
const texts = (main: string, more: Readonly<Record<string, string>> = {}) =>
  new Map(Object.entries({ [MAIN]: main, ...more }));
/** "line:column+length path" of each refusal. */
const refused = (...[before, after]: Parameters<typeof unreadable>): string[] =>
  unreadable(before, after).map(({ path, place }) =>
    place ? `${place.line}:${place.column}+${place.length} ${path}` : path,
  );

t.test('includes and plugins may not change, in any spelling', (t) => {
  const cases: readonly (readonly [before: string, after: string, found: readonly string[]])[] = [
    ['camd: 1\ninclude: a.yaml', 'camd: 1\ninclude: b.yaml', ['2:1+7 include']],
    ['camd: 1', 'camd: 1\nplugins: [./x.mjs]', ['2:1+7 plugins']],
    ['camd: 1\nplugins: [./x.mjs]', 'camd: 1', ['2:1+7 plugins']],
    ['camd: 1\nplugins: [a, b]', 'camd: 1\nplugins: [b, a]', ['2:1+7 plugins']],
    ['include: a\nplugins: [a]', 'plugins: [b]\ninclude: b', ['2:1+7 include', '1:1+7 plugins']],
    ['camd: 1\ninclude: [a.yaml]', 'camd: 1 # one\ninclude:\n  - "a.yaml"', []],
    ['camd: 1\nplugins: [a]', 'camd: 1\nplugins: [a]\nwatch: true', []],
    ['pipeline: { a: { plugins: [a] } }', 'pipeline: { a: { plugins: [b] } }', []],
    ['camd: 1', 'camd: [', []],
  ];
  for (const [before, after, found] of cases)
    t.same(refused(texts(before), texts(after)), found, JSON.stringify([before, after]));
  t.end();
});

t.test('a secret or a variable that no file names yet may not be named, at any place', (t) => {
  const before = 'a: ${env:A}\nb: ["${cred:b}"]';
  const cases: readonly (readonly [after: string, found: readonly string[]])[] = [
    ['a: ${env:B}', ['1:4+8 ${env:B}']],
    ['a: ${env:B:-otherwise}', ['1:4+19 ${env:B}']],
    ['a: ${cred:A}', ['1:4+9 ${cred:A}']],
    ['a: ${file:A}', ['1:4+9 ${file:A}']],
    ['vars:\n  a: ${env:B}', ['2:6+8 ${env:B}']],
    ['a:\n  - x\n  - b: ${env:B}', ['3:8+8 ${env:B}']],
    ['a: ${env:B}${env:A}${file:/k}', ['1:4+26 ${env:B}', '1:4+26 ${file:/k}']],
    ['a: ${env:B}\nb: ${env:B}', ['1:4+8 ${env:B}', '2:4+8 ${env:B}']],
    ['z: ${env:A}${cred:b}', []],
    ['a: $${env:B}', []],
    ['a: ${var:B}', []],
  ];
  for (const [after, found] of cases) t.same(refused(texts(before), texts(after)), found, after);
  t.end();
});

t.test('names in another file of the profile are known, and only changed files are checked', (t) => {
  const other = { '/p/other.yaml': 'a: ${env:OTHER}\ninclude: deep.yaml' };

  t.same(refused(texts('camd: 1', other), texts('a: ${env:OTHER}', other)), []);
  t.same(refused(texts('camd: 1', other), texts('camd: 2', { '/p/other.yaml': 'include: x.yaml' })), ['1:1+7 include']);
  t.equal(
    unreadable(texts('camd: 1', other), texts('camd: 1', { '/p/other.yaml': 'a: ${env:B}' }))[0]?.place?.file,
    '/p/other.yaml',
  );
  t.same(refused(texts('a: ['), texts('a: [')), []);
  t.end();
});

t.test('the reason names the effect on camd, and the place to change it', (t) => {
  const reason = (after: string) => unreadable(texts('camd: 1'), texts(after)).map(({ message }) => message);

  t.same(reason('include: a'), [
    '"include" makes camd read other files or run their code; change this on the machine.',
  ]);
  t.same(reason('a: x${file:/k}'), [
    '${file:/k} reads a secret or the environment of this machine; change this on the machine.',
  ]);
  t.end();
});
