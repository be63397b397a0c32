// The tree of a YAML text: values, the places of keys and values, and the limits of a file.

import t from 'tap';
import type { Tree } from '../../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';

/** Each value by its path, as "line:column+length key → line:column+length text of the range = value". */
function outline(text: string): string[] {
  const { tree } = parseYaml('a.yaml', text);
  const at = ({ line, column, length }: { line: number; column: number; length: number }) =>
    `${line}:${column}+${length}`;
  const walk = (value: Tree, path: string): string[] => {
    const { start, end } = value.range;
    const source = text.slice(start, end).trimEnd();
    const own = `${path} ${at(value.range)} ${JSON.stringify(source)}`;
    if (value.kind === 'list') return [own, ...value.items.flatMap((item, index) => walk(item, `${path}[${index}]`))];
    if (value.kind === 'map') {
      const inner = [...value.entries].flatMap(([key, entry]) =>
        walk(entry.value, `${path}.${key}`).map((line, index) => (index === 0 ? `${at(entry.key)} ${line}` : line)),
      );
      return [own, ...inner];
    }
    const { value: scalar, plain, cut, poisoned } = value;
    const more = {
      ...(plain === undefined ? {} : { plain }),
      ...(cut === undefined ? {} : { cut: text.slice(end, cut) }),
    };
    const marks = Object.keys(more).length > 0 ? ` ${JSON.stringify(more)}` : '';
    return [`${own} = ${JSON.stringify(scalar)}${marks}${poisoned ? ' poisoned' : ''}`];
  };
  return tree ? walk(tree, '') : [];
}

t.test('keys and values have their places, and a value that is missing has that of its key', (t) => {
  t.same(outline('a: one\n"b": [1, two]\nc:\n  d: true\n  e:\n'), [
    ' 1:1+6 "a: one\\n\\"b\\": [1, two]\\nc:\\n  d: true\\n  e:"',
    '1:1+1 .a 1:4+3 "one" = "one"',
    '2:1+3 .b 2:6+8 "[1, two]"',
    '.b[0] 2:7+1 "1" = 1 {"plain":"1"}',
    '.b[1] 2:10+3 "two" = "two"',
    '3:1+1 .c 4:3+7 "d: true\\n  e:"',
    '4:3+1 .c.d 4:6+4 "true" = true {"plain":"true"}',
    '5:3+1 .c.e 5:3+1 "e" = null',
  ]);
  t.same(outline('x'), [' 1:1+1 "x" = "x"']);
  t.same(outline('- a\r\n- b\r\n'), [' 1:1+3 "- a\\r\\n- b"', '[0] 1:3+1 "a" = "a"', '[1] 2:3+1 "b" = "b"']);
  t.end();
});

t.test('the length of a value ends with its line', (t) => {
  t.same(outline('a: "one\n  two"\nb: |\n  three\n').slice(1), [
    '1:1+1 .a 1:4+4 "\\"one\\n  two\\"" = "one two"',
    '3:1+1 .b 3:4+1 "|\\n  three" = "three\\n"',
  ]);
  t.end();
});

t.test('numbers and truth values keep their text, and keys are texts as written', (t) => {
  t.same(outline('007: 0x10\n1.0: 1.50\ntrue: null\n? ""\n: ~\n').slice(1), [
    '1:1+3 .007 1:6+4 "0x10" = 16 {"plain":"0x10"}',
    '2:1+3 .1.0 2:6+4 "1.50" = 1.5 {"plain":"1.50"}',
    '3:1+4 .true 3:7+4 "null" = null',
    '4:3+2 . 5:3+1 "~" = null',
  ]);
  t.end();
});

t.test('a comment without a space behind a plain value may have been meant as a part of it', (t) => {
  t.same(outline('a: one #two three\nb: "one" #two\nc: one # two\nd: 5 #6').slice(1), [
    '1:1+1 .a 1:4+3 "one" = "one" {"cut":" #two three"}',
    '2:1+1 .b 2:4+5 "\\"one\\"" = "one"',
    '3:1+1 .c 3:4+3 "one" = "one"',
    '4:1+1 .d 4:4+1 "5" = 5 {"plain":"5","cut":" #6"}',
  ]);
  t.end();
});

t.test('a value that was used by an alias has the place of its use, what is inside that of the anchor', (t) => {
  t.same(outline('a: &x one\nb: *x\nc: &y { d: 1 }\ne: *y\nf: &x two\ng: *x\n').slice(1), [
    '1:1+1 .a 1:7+3 "one" = "one"',
    '2:1+1 .b 2:4+2 "*x" = "one"',
    '3:1+1 .c 3:7+8 "{ d: 1 }"',
    '3:9+1 .c.d 3:12+1 "1" = 1 {"plain":"1"}',
    '4:1+1 .e 3:7+8 "{ d: 1 }"',
    '3:9+1 .e.d 3:12+1 "1" = 1 {"plain":"1"}',
    '5:1+1 .f 5:7+3 "two" = "two"',
    '6:1+1 .g 6:4+2 "*x" = "two"',
  ]);
  t.end();
});

t.test('of what is wrong the rest of the tree stays, with no value there', (t) => {
  const rows: readonly (readonly [text: string, whole: boolean, ...leaves: string[]])[] = [
    ['a: *none\nb: 1', true, '1:1+1 .a 1:4+5 "*none" = null poisoned', '2:1+1 .b 2:4+1 "1" = 1 {"plain":"1"}'],
    ['a: “x”\nb: 1', true, '1:1+1 .a 1:4+3 "“x”" = null poisoned', '2:1+1 .b 2:4+1 "1" = 1 {"plain":"1"}'],
    ['a: 1\na: 2\n', true, '1:1+1 .a 1:4+1 "1" = 1 {"plain":"1"}'],
    ['a:: 1\n', true, '1:1+2 .a 1:5+1 "1" = 1 {"plain":"1"}'],
    ['x: { a:b }\n', true, '1:1+1 .x 1:4+7 "{ a:b }"', '1:6+3 .x.a 1:6+3 "a:b" = null poisoned'],
    ['<<: { a: 1 }\nb: 1', true, '2:1+1 .b 2:4+1 "1" = 1 {"plain":"1"}'],
    ['[a]: 1\nb: 1', false],
    ['\u2003a: 1\n', false],
    ['a:\nuse: 1\n', false],
  ];
  for (const [text, whole, ...leaves] of rows) {
    const { broken, problems } = parseYaml('a.yaml', text);

    t.equal(broken, !whole, text);
    t.equal(problems.length, 1, text);
    t.same(outline(text).slice(1), leaves, text);
  }
  t.end();
});

t.test('the text of a value that a duplicate key leaves out is known, for it may be a secret', (t) => {
  const text = 'a: 1\na: second\nb: 1\nb:\nc: { d: x, d: [y] }\n';

  const { dropped } = parseYaml('a.yaml', text);

  t.same(
    dropped.map(({ start, end, line }) => `${line} ${text.slice(start, end)}`),
    ['2 second', '4 ', '5 [y]'],
  );
  t.end();
});

t.test('a file without a value has no tree and no problem', (t) => {
  for (const text of ['', '\n', '# note\n']) {
    t.same(parseYaml('a.yaml', text), { tree: undefined, problems: [], broken: false, dropped: [] });
  }
  t.end();
});

t.test('a version of YAML', (t) => {
  t.same(parseYaml('a.yaml', '%YAML 1.2\n---\na: 1\n').problems, []);
  t.match(parseYaml('a.yaml', '%YAML 1.1\n---\na: 1\n'), {
    broken: false,
    tree: { kind: 'map' },
    problems: [{ place: { line: 1, column: 1, length: 1 }, message: /remove the %YAML directive/ }],
  });
  t.end();
});

t.test('200000 values are accepted, counted at each use of an alias, and one more is not', (t) => {
  const list = (count: number, item: string): string => `[${Array.from({ length: count }, () => item).join(', ')}]`;
  const text = (more: number): string =>
    [`a: &a ${list(98, 'x')}`, `b: &b ${list(99, '*a')}`, `c: ${list(19, '*b')}`, `d: ${list(more, 'x')}`].join('\n');

  const most = parseYaml('a.yaml', text(1859));
  const tooMany = parseYaml('a.yaml', text(1860));

  t.same(most.problems, []);
  t.ok(most.tree);
  t.match(tooMany.problems, [
    { place: { line: 4 }, message: 'The file is too large: more than 200000 values, counting each use of an alias.' },
  ]);
  t.match(tooMany, { tree: undefined, broken: true });
  t.end();
});

t.test('values are nested 100 deep and not deeper', (t) => {
  const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

  t.same(parseYaml('a.yaml', nested(100)).problems, []);
  t.match(parseYaml('a.yaml', nested(101)).problems, [
    { place: { line: 1, column: 102 }, message: /nested more than 100 deep/ },
  ]);
  t.match(parseYaml('a.yaml', `x: 1\ny: ${nested(98)}`).problems, []);
  t.match(parseYaml('a.yaml', `- &a ${nested(50)}\n- ${'['.repeat(48)}*a${']'.repeat(48)}`).problems, []);
  t.match(parseYaml('a.yaml', `- &a ${nested(50)}\n- ${'['.repeat(49)}*a${']'.repeat(49)}`).problems, [{}]);
  t.match(parseYaml('a.yaml', nested(3000)), {
    tree: undefined,
    broken: true,
    problems: [{ place: { line: 1, column: 1 } }],
  });
  t.end();
});

t.test('at most 50 problems of a kind are reported, and a large file is not read again for each', (t) => {
  const count = (text: string): number => parseYaml('a.yaml', text).problems.length;
  const three = 'a: @x\nb: @x\nc: @x\n';
  const filled = (size: number): string => `${three}#${' '.repeat(size - three.length - 2)}\n`;

  t.equal(count(Array.from({ length: 60 }, (_, index) => `k${index}: @x\n`).join('')), 50);
  t.equal(count(Array.from({ length: 60 }, (_, index) => `k${index}: !x 1\n`).join('')), 50);
  t.equal(count(three), 3);
  t.equal(count(filled(2 ** 19)), 3);
  t.equal(count(filled(2 ** 20)), 2);
  t.equal(count(filled(2 ** 20 + 1)), 1);
  t.end();
});
