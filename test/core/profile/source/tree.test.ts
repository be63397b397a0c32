// The tree of values: pointers into it, and its plain value.

import t from 'tap';
import {
  entryOf,
  fromValue,
  locate,
  pointerSteps,
  pointerTo,
  poisonedPaths,
  problem,
  toValue,
} from '../../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';

function parsed(text: string) {
  const { tree } = parseYaml('a.yaml', text);
  if (!tree) throw new Error('the text is good');
  return tree;
}

t.test('a value from a text and a text from a value are the same', (t) => {
  const value = { a: [1, { b: 'x' }, []], c: null, d: true, e: {} };
  const range = { file: 'a.yaml', line: 3, column: 4, length: 5, start: 6, end: 7 };

  const tree = fromValue(value, range);

  t.same(toValue(tree), value);
  t.same(locate(tree, '/a/1/b'), { key: range, tree: { kind: 'leaf', value: 'x', range } });
  t.same(toValue(fromValue({ a: undefined, b: Symbol('x') }, range)), { a: null, b: null });
  t.same(
    toValue(parsed('__proto__: 1\nconstructor: 2\n')),
    Object.fromEntries([
      ['__proto__', 1],
      ['constructor', 2],
    ]),
  );
  t.end();
});

t.test('a pointer leads to a key and its value', (t) => {
  const tree = parsed('a: { b: [x, { c: y }] }\n"d/e~f": z\n');
  const at = (pointer: string): string | undefined => {
    const found = locate(tree, pointer);
    return (
      found && `${found.key ? `${found.key.line}:${found.key.column} ` : ''}${JSON.stringify(toValue(found.tree))}`
    );
  };

  t.equal(at('/a/b'), '1:6 ["x",{"c":"y"}]');
  t.equal(at('/a/b/0'), '"x"');
  t.equal(at('/a/b/1'), '{"c":"y"}');
  t.equal(at('/a/b/1/c'), '1:15 "y"');
  t.equal(at('/d~1e~0f'), '2:1 "z"');
  for (const nowhere of ['/x', '/a/b/2', '/a/b/c', '/a/b/0/c', '/a/b/1/d']) t.equal(at(nowhere), undefined, nowhere);
  t.equal(locate(tree, '')?.tree, tree);
  t.equal(locate(tree, '')?.key, undefined);
  t.end();
});

t.test('pointers are made of steps, with "~" and "/" escaped', (t) => {
  for (const step of ['plain', 'a/b', 'a~b', '~1', '', '0']) {
    t.same(pointerSteps(pointerTo('/up', step)), ['up', step], step);
  }
  t.equal(pointerTo('/up', 3), '/up/3');
  t.equal(pointerTo('', 'a~/b'), '/a~0~1b');
  t.same(pointerSteps(''), []);
  t.end();
});

t.test('the places of values of which enough has been said', (t) => {
  t.same(poisonedPaths(parsed('a: *x\nb: [1, *x, { "c/d": *x }]\ne: 1\n')), ['/a', '/b/1', '/b/2/c~1d']);
  t.end();
});

t.test('an entry of what is no map is none', (t) => {
  const tree = parsed('a: 1\n');

  t.equal(entryOf(tree, 'a')?.key.column, 1);
  t.equal(entryOf(tree, 'b'), undefined);
  t.equal(entryOf(parsed('[a]'), 'a'), undefined);
  t.equal(entryOf(undefined, 'a'), undefined);
  t.end();
});

t.test('advice, what is deprecated and what is not on this machine are warnings', (t) => {
  const at = { file: 'a.yaml', line: 1, column: 2, length: 3, start: 4, end: 5 };

  for (const code of ['advice', 'deprecated', 'not-here'] as const) t.equal(problem(code, at, 'x').severity, 'warning');
  t.same(problem('bad-yaml', at, 'x', at), {
    code: 'bad-yaml',
    severity: 'error',
    message: 'x',
    place: { file: 'a.yaml', line: 1, column: 2, length: 3 },
    related: { file: 'a.yaml', line: 1, column: 2, length: 3 },
  });
  t.notOk('related' in problem('bad-yaml', at, 'x'));
  t.end();
});
