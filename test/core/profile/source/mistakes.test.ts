// Mistakes in YAML: for each the place and the beginning of the one sentence that is said about it.

import t from 'tap';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';

/** A text, and "line:column+length sentence" for each problem in it. */
type Row = readonly [text: string, ...said: string[]];

/** Each breaks the grammar, and the text above and below it is still read. */
const MISTAKES: readonly Row[] = [
  ['...\n  a: 1', '1:1+3 A profile is one YAML document'],
  ['  a:\n    b: "x\ty"\n    c: @x', '3:8+1 A value must not begin with "@"'],
  ['  a: 1\n  // note', '2:3+7 A comment begins with "#" in YAML.'],
  ['  a: "one', '1:6+1 This quote (") is not closed on its line'],
  ["  a: 'one", "1:6+1 This quote (') is not closed on its line"],
  ['  a: "one\n  b: 2\n  c: "three"', '1:6+1 This quote (") is not closed on its line'],
  ["  a: 'one\n  b: it's", "1:6+1 This quote (') is not closed on its line"],
  [
    '  a: "one\n    two\n  b: "x" y',
    '2:5+3 A colon is missing after "two".',
    '1:6+1 This quote (") is not closed on its line',
    '3:8+3 The quoted text ends here, and more follows: write \\" for a quote inside "…", or remove what follows.',
  ],
  ['  a: "one # two\n  b: 1', '1:6+1 This quote (") is not closed on its line'],
  ['  a: "one \\" two\n  b: 1', '1:6+1 This quote (") is not closed on its line'],
  [
    "  a: 'x\\'\n  b: 'y' z",
    "2:8+3 The quoted text ends here, and more follows: write '' for a quote inside '…', or remove what follows.",
  ],
  ['  a: "C:\\cams"', '1:9+2 Between double quotes a backslash begins an escape'],
  ['  a: "C:\\cams\\quit"\n  b: 1', '1:9+2 Between double quotes a backslash begins an escape'],
  ['  a: \'C:\\cams\'\n  b: "\\q"', '2:7+2 Between double quotes a backslash begins an escape'],
  ['  a: "x"\n  b: "\\d"  # c:\\q', '2:7+2 Between double quotes a backslash begins an escape'],
  [
    "  a: 'it's'",
    "1:9+3 The quoted text ends here, and more follows: write '' for a quote inside '…', or remove what follows.",
  ],
  [
    '  a: "x" y',
    '1:8+3 The quoted text ends here, and more follows: write \\" for a quote inside "…", or remove what follows.',
  ],
  [
    '  a: "x" "y"',
    '1:8+5 The quoted text ends here, and more follows: write \\" for a quote inside "…", or remove what follows.',
  ],
  [
    "  a: { b: 'x'y, c: 1 }",
    "1:13+10 The quoted text ends here, and more follows: write '' for a quote inside '…', or remove what follows.",
  ],
  [
    '  a: "x"# note',
    '1:9+1 A space is missing before the "#" of the comment; if "#" belongs to the value, put the value in quotes.',
  ],
  [
    '  a: "x" , y',
    '1:8+5 The quoted text ends here, and more follows: write \\" for a quote inside "…", or remove what follows.',
  ],
  [
    "  a: ['x' y]",
    "1:9+4 The quoted text ends here, and more follows: write '' for a quote inside '…', or remove what follows.",
  ],
  [
    "  a: 'x' 'y' # note",
    "1:8+12 The quoted text ends here, and more follows: write '' for a quote inside '…', or remove what follows.",
  ],
  ['  a: [::1]:80', '1:6+5 An IPv6 address in brackets must be in quotes'],
  ['  a: { b: [::1]:80 }', '1:11+5 An IPv6 address in brackets must be in quotes'],
  ['  a: { b: http://[fe80::1]/x }', '1:11+16 An IPv6 address in brackets must be in quotes'],
  ['  a: { b: "[::1]:80", c: [::]:80 }', '1:30+1 A comma is missing here, or quotes around the whole value.'],
  ['  a: { b: https://[::1]/x, c: 1 }', '1:11+13 An IPv6 address in brackets must be in quotes'],
  ['  a: {camera}.jpg', '1:6+8 A value that begins with "{" must be in quotes, such as "/{camera}/snapshot.jpg".'],
  ['  a: { b: ${env:X} }', '1:11+8 Inside {…} and […] a value with ${…} must be in quotes, such as "${env:NAME}".'],
  ['  a: { b: x${env:X}, c: ${env:Y} }', '1:12+8 Inside {…} and […] a value with ${…} must be in quotes'],
  ['  a: [x, /{camera}]', '1:11+8 Inside {…} and […] a value with "{" must be in quotes'],
  ['  a: {x}{y}', '1:6+3 A value that begins with "{" must be in quotes'],
  ['  a: { b: "${env:X}", c: ${env:Y} }', '1:26+8 Inside {…} and […] a value with ${…} must be in quotes'],
  ['  a: x ${env:Y} @: @', '1:6+15 A value with "'],
  ['  a: @x', '1:6+1 A value must not begin with "@"'],
  ['  a: `x`', '1:6+1 A value must not begin with "`"'],
  ['  a: %x', '1:6+1 A value must not begin with "%"'],
  ['  a: ,x', '1:6+1 A value must not begin with ","'],
  ['  a: }x', '1:6+1 A value must not begin with "}"'],
  ['  a: ]x', '1:6+1 A value must not begin with "]"'],
  ['  a: *', '1:6+1 A value must not begin with "*"'],
  ['  a: &', '1:6+1 A value must not begin with "&"'],
  ['  a: ? x', '1:6+1 A value must not begin with "?"'],
  ['  a: { b: @x }', '1:11+1 A value must not begin with "@"'],
  ['  a: [@x]', '1:7+1 A value must not begin with "@"'],
  ['  a: [x, `y`]', '1:10+1 A value must not begin with "`"'],
  ['  a: { b: 1, @c: 2 }', '1:14+1 A value must not begin with "@"'],
  ['  a: @', '1:6+1 A value must not begin with "@"'],
  ['  a: @\n    b: 1', '1:6+1 A value must not begin with "@"'],
  ['  a: |`', '1:6+1 A value must not begin with "|" or ">": put it in quotes.'],
  ['  a:  @x', '1:7+1 A value must not begin with "@"'],
  ['  a: [x, }', '1:6+1 This "[" is not closed'],
  ['  a: |x', '1:6+1 A value must not begin with "|"'],
  ['  a: >x', '1:6+1 A value must not begin with ">"'],
  ['  a: { b: |x }', '1:11+1 A value must not begin with "|"'],
  ['  a: [,x]', '1:7+3 A value with brackets or braces and further text must be in quotes.'],
  [
    '  a: { b: 1 }# note',
    '1:14+1 A space is missing before the "#" of the comment; if "#" belongs to the value, put the value in quotes.',
  ],
  [
    '  a: [1]#x',
    '1:9+1 A space is missing before the "#" of the comment; if "#" belongs to the value, put the value in quotes.',
  ],
  [
    '  a: "x"#y',
    '1:9+1 A space is missing before the "#" of the comment; if "#" belongs to the value, put the value in quotes.',
  ],
  ['  a: - b', '1:6+2 A list cannot begin behind "a:": write a: […], or each "- item" on a line of its own.'],
  ['  a:   - b', '1:8+2 A list cannot begin behind "a:": write a: […], or each "- item" on a line of its own.'],
  ['  - a: - b', '1:8+2 A list cannot begin behind "a:": write a: […], or each "- item" on a line of its own.'],
  ['  a: 1\n  - b', '2:3+3 A map has keys and no list items'],
  ['  a:\n    - b\n   - c', '3:4+3 This line is indented by 3 spaces; indent it by 4, like "b".'],
  ['  a:\n    - b: 1\n     - c', '3:6+3 This line is indented by 5 spaces; indent it by 4, like "b".'],
  ['  a:\n    b: 1\n    - c: 1', '3:5+6 A map has keys and no list items'],
  ['  a:\n    - "b"\n   - c', '3:4+3 This line is indented by 3 spaces; indent it by 4, like "b".'],
  ['  a: {', '1:6+1 This "{" is not closed'],
  ['  a: [', '1:6+1 This "[" is not closed'],
  ['  a: { b: [1, 2 }', '1:11+1 This "[" is not closed'],
  ['  a: { b: 1\n  c: 2', '1:6+1 This "{" is not closed'],
  ['  a: [1,\n  b: 1', '1:6+1 This "[" is not closed'],
  ['  a: {\n    b: 1,\n    c: 2\n  d: 1', '1:6+1 This "{" is not closed'],
  ['  a: [[1]\n  b: 1', '1:6+1 This "[" is not closed'],
  ['  a: { b: { c: 1 }', '1:6+1 This "{" is not closed'],
  ['  a: x/y\n    b: 1', '1:6+3 "use:" is missing: write it and the plugin on a line of their own below "a:".'],
  ['  a: x\n    b: 1', '2:5+4 This line is indented by 4 spaces; indent it by 2, like "a".'],
  ['  use: x/y\n    b: 1', '2:5+4 This line is indented by 4 spaces; indent it by 2, like "use".'],
  ['  a: "x"\n    b: 1', '2:5+4 This line is indented by 4 spaces; indent it by 2, like "a".'],
  ['  a: x/y z\n    b: 1', '2:5+4 This line is indented by 4 spaces; indent it by 2, like "a".'],
  ['  - a: x/y\n      b: 1\n        c: 1', '1:3+8 A map has keys and no list items'],
  ['  a:b\n  c: 1', '1:3+2 A space is missing after "a:".'],
  ['  a\n  b: 1', '1:3+1 A colon is missing after "a".'],
  ['  a b\n  c: 1', '1:3+1 A colon is missing after "a".'],
  ['  a = b\n  c: 1', '1:3+1 Write "a:" with a colon, not with "=".'],
  ['  a=b\n  c: 1', '1:3+1 Write "a:" with a colon, not with "=".'],
  ['  - a:b\n    c: 1', '1:3+5 A map has keys and no list items'],
  ['  a:\n    b c\n    d: 1', '2:5+1 A colon is missing after "b".'],
  ['  a http://x\n  b: 1', '1:3+1 A colon is missing after "a".'],
  ['  a.b-c d\n  e: 1', '1:3+5 A colon is missing after "a.b-c".'],
  ['  a:"b"\n  c: 1', '1:3+2 A space is missing after "a:".'],
  ['  a:\n    b: 1\n   c: 1', '3:4+4 This line is indented by 3 spaces; indent it by 4, like "b".'],
  ['  a:\n    b: 1\n     c: 1', '3:6+4 This line is indented by 5 spaces; indent it by 4, like "b".'],
  ['  a:\n      b: 1\n    c: 1', '3:5+4 This line is indented by 4 spaces; indent it by 6, like "b".'],
  ['  "a":\n    b: 1\n   c: 1', '3:4+4 This line is indented by 3 spaces; indent it by 4, like "b".'],
  ['  a: b: c', '1:6+4 A value with "'],
  ['  a: use: c, d: e', '1:6+12 Write the options of "a" in braces, { use: …, … }, or each on a line of its own.'],
  ['  a: b: c: d', '1:6+7 A value with "'],
  ['  - a: b: c', '1:3+9 A map has keys and no list items'],
  ['  a:  b: c  ', '1:7+4 A value with "'],
  ['  a: x y: z', '1:6+6 A value with "'],
  ['  a: { b: 1 c: 2 }', '1:13+1 A comma is missing before "c:".'],
  ['  a: { b: 1; c: 2 }', '1:12+1 The options inside {…} are separated by commas'],
  ['  a: { b: 1 ; c: 2 }', '1:12+1 The options inside {…} are separated by commas'],
  ['  a: [x, -]', '1:10+1 A "-" by itself must be in quotes inside […]'],
  ['  a: [-]', '1:7+1 A "-" by itself must be in quotes inside […]'],
  [
    '  a: ["x" y]',
    '1:9+4 The quoted text ends here, and more follows: write \\" for a quote inside "…", or remove what follows.',
  ],
  ['  a: [[1] [2]]', '1:11+4 A value with brackets or braces and further text must be in quotes.'],
  ['  a: { b: 1, c: x d: 2, e: 3 }', '1:19+1 A comma is missing before "d:".'],
  ['  a: [x, - ]', '1:10+1 A "-" by itself must be in quotes inside […]'],
  ['  a: 1\n  }', '2:3+1 This "}" closes nothing'],
  ['  }', '1:3+1 This "}" closes nothing'],
  ['  a: [x]]', '1:9+1 This "]" closes nothing'],
  ['  a: { b: 1 }}', '1:14+1 This "}" closes nothing'],
  ['  a: { b: x}y }', '1:13+3 A value with brackets or braces and further text must be in quotes.'],
  ['  a: { b: x{y }', '1:12+4 A value with brackets or braces and further text must be in quotes.'],
  ['  a: {b}c', '1:6+3 A value that begins with "{" must be in quotes'],
  ['  a: [b] c', '1:10+1 A value with brackets or braces and further text must be in quotes.'],
  ['  ]: 1', '1:3+1 This "]" closes nothing'],
];

/** What stands below one of these cannot be read. */
const LAST: readonly Row[] = [
  ['<<<<<<< HEAD\n  a: 1', '1:1+12 An unfinished git merge left this mark'],
  ['  a: 1\n=======', '2:1+7 An unfinished git merge left this mark'],
  ['>>>>>>> main', '1:1+12 An unfinished git merge left this mark'],
  ['  a: 1\n  <<<<<<< HEAD', '2:3+12 This is not YAML'],
  ['  a: 1\n...\n# note\nb: 1', '2:1+3 A profile is one YAML document', '4:1+4 This is not YAML'],
  ['  a: 1\n--- # second\nb: 1', '2:1+3 A profile is one YAML document', '3:1+4 This is not YAML'],
  ['  a:\n\tb: 1', '2:1+1 YAML is indented with spaces: replace the tab at the beginning of this line.'],
  ['  a:\n  \tb: 1', '2:3+1 YAML is indented with spaces: replace the tab at the beginning of this line.'],
  [
    '  a:\n\tb: 1\n\tc: 1',
    '2:1+1 YAML is indented with spaces: replace the tab at the beginning of this line (and 1 more line).',
  ],
  [
    '  a:\n\tb: 1\n\tc: 1\n\td: 1',
    '2:1+1 YAML is indented with spaces: replace the tab at the beginning of this line (and 2 more lines).',
  ],
  ['  a: 1 # note\n\n    b: 1', '2:1+1 This is not YAML'],
  ['  a://b\n  c: 1', '1:3+5 This is not YAML'],
  ['   a: 1\n  b: 1', '2:3+4 This is not YAML'],
  ['  a:\n    b: 1\n c: 1', '3:2+4 This is not YAML'],
  ['  a:\n   b: 1\n  # note\n\n    c: 1', '3:1+8 This is not YAML'],
  ['  a: [-, x]', '1:7+5 This is not YAML'],
  ['  a: [- x]', '1:7+4 This is not YAML'],
  ['  a: 1\n\u3000b: 1', '2:1+5 This is not YAML'],
];

/** Mistakes that are found in valid YAML, or that are others in another place. */
const NOT_MEANT: readonly Row[] = [
  ['%YAML 1.1', '1:1+9 Profiles are always YAML 1.2', '1:1+1 Profiles are always YAML 1.2'],
  ['  a: 1\n%TAG x', '2:1+6 Profiles are always YAML 1.2'],
  ['  - {camera}.jpg', '1:5+8 A value that begins with "{" must be in quotes'],
  ['  - @x', '1:5+1 A value must not begin with "@"'],
  [' - a\n- b', '2:1+3 This line is indented by 0 spaces; indent it by 1, like "a".'],
  ['  a: { b: {} c: 2 }', '1:11+2 Inside {…} and […] a value with "{" must be in quotes'],
  ['  a: [b]: c', '1:9+1 A key is a plain text'],
  ['  [a]: 1', '1:3+3 A key is a plain text'],
  ['  {a}: 1', '1:3+3 A key is a plain text'],
  ['  [a: 1', '1:3+1 This "[" is not closed'],
  ['  : 1', '1:3+1 A key is a plain text'],
  ['  a: “x”', '1:6+3 These are typographic quotes'],
  ['  a: „x“', '1:6+3 These are typographic quotes'],
  ['  a: «x»', '1:6+3 These are typographic quotes'],
  ['  a: -b -c', '1:6+5 A space is missing after each "-" of this list.'],
  ['  a:\n    -b\n    -c', '2:5+2 A space is missing after each "-" of this list.'],
  ['  <<: 1', '1:3+2 Merge keys ("<<") are not part of YAML 1.2'],
  ['  a:: 1', '1:3+2 One colon is enough after "a".'],
  ['  a": 1', '1:3+2 This key ends with a quote: write a.'],
  ["  a': 1", '1:3+2 This key ends with a quote: write a.'],
  ['  { a:b }', '1:5+3 A space is missing after "a:".'],
  ['  x: { a:b }', '1:8+3 A space is missing after "a:".'],
  ['  x: { a = b }', '1:8+5 Write "a:" with a colon, not with "=".'],
  ['  x: { a=b, c: 1 }', '1:8+3 Write "a:" with a colon, not with "=".'],
  ['  a: &b', '1:3+1 "&" begins an anchor'],
  ['  a: &b\n  c: 1', '1:3+1 "&" begins an anchor'],
  ['  a:\n  use: x', '2:3+3 This line stands beside "a"'],
  ['  a:\n  b:\n  use: x', '3:3+3 This line stands beside "b"'],
  ['  use:\n  use: x', '2:3+3 This line stands beside "use"', '2:3+3 "use" exists already'],
  [
    '  x: {{ a: 1 }}',
    '1:7+8 This map or list stands where a key must be: a "{" or "[" too many, or quotes are missing.',
  ],
  ['  x: { [a] }', '1:8+3 This map or list stands where a key must be: a "{" or "[" too many, or quotes are missing.'],
  ['  x: { [a]: 1 }', '1:8+3 A key is a plain text'],
  ['  x: { a: , use: 1 }', '1:13+3 This line stands beside "a"'],
  ['  ~: 1', '1:3+1 A key is a plain text'],
  ['  null: 1', '1:3+4 A key is a plain text'],
  ['  x: { "a:b" }', '1:8+5 A space is missing after "a:".'],
  ['\u00a0 a: 1', '1:1+3 This line begins with the character U+00A0'],
  ['  \u2000a: 1', '1:3+2 This line begins with the character U+2000'],
  ['  \u200ba: 1', '1:3+2 This line begins with the character U+200B'],
  ['  x: { a: 1, "\u202fb": 2 }', '1:14+4 This line begins with the character U+202F'],
  ['  a: 1\n  a: 2', '2:3+1 "a" exists already'],
  ['  a: 1\n  a:: 2', '2:3+2 One colon is enough after "a".', '2:3+2 "a" exists already'],
  ['  a: !x 1', '1:6+2 The tag !x is unknown'],
  ['  a: !x\n  b: !!y 2', '1:6+2 The tag !x is unknown', '2:6+3 The tag !!y is unknown'],
  ['  a: *b', '1:6+2 No anchor (&…) above has the name of this alias (*…)'],
  ['  a: &b [*b]', '1:10+2 The alias *b contains itself.'],
  ['  x: { a: 1, a: { b: 2 } }', '1:14+1 "a" exists already'],
];

const FINE: readonly string[] = [
  '<<<<<<<HEAD',
  '---\n  a: 1',
  '// note',
  '  /* note */',
  '  a: http://[fe80::1%2]/x',
  '  a: ${env:X}',
  '  a: ! x',
  '  a: &b#c x',
  '  a:b',
  '  a: { b: 1 c }',
  '  a: 1 }',
  '  {a: 1}',
  '  a: x“',
  '  a: -b',
  '  a: -b c',
  '  x: { a b }',
  '  a: &b c',
  '  a: 1\n  use: x',
  '  a: ~\n  use: x',
  '  \u200ca: 1',
  '  a: &b 1\n  c: *b',
  '  a: !!str 1',
  '  007: 1\n  7: 2',
  '  1.0: 1\n  1: 2',
];

const problemsOf = (text: string): string[] =>
  parseYaml('a.yaml', text).problems.map(
    ({ place, message }) => `${place.line}:${place.column}+${place.length} ${message}`,
  );

/** The found sentences as far as the wanted ones go. */
const cut = (found: readonly string[], wanted: readonly string[]): string[] =>
  found.map((one, index) => one.slice(0, wanted[index]?.length));

for (const line of ['\n', '\r\n']) {
  t.test(`a mistake is named at its place, with lines that end in ${JSON.stringify(line)}`, async (t) => {
    for (const [text, ...said] of [...MISTAKES, ...LAST, ...NOT_MEANT]) {
      t.same(cut(problemsOf(`${text}\n`.replaceAll('\n', line)), said), said, text);
    }
  });
}

t.test('a mistake hides none above or below it', async (t) => {
  const other = (line: number) => `${line}:8+1 A value must not begin with "@"`;
  for (const [text, ...said] of MISTAKES) {
    const below = text.split('\n').length + 3;
    const wanted = [other(2), ...said.map((one) => one.replace(/^\d+/, (at) => String(Number(at) + 2))), other(below)];

    t.same(cut(problemsOf(`pipeline:\n  one: @x\n${text}\n  two: @x\n`), wanted), wanted, text);
  }
});

t.test('a bracket or a quote that is open is looked for forty lines up and not further', async (t) => {
  const filled = (first: string, count: number): string =>
    `${first}\n${Array.from({ length: count }, (_, index) => `    k${index}: 1,\n`).join('')}  b: 2\n`;
  const first = (text: string): string => problemsOf(text)[0]?.slice(0, 22) ?? '';

  for (const [opener, said] of [
    ['  a: {', '1:6+1 This "{" is not '],
    ['  a: [', '1:6+1 This "[" is not '],
  ] as const) {
    t.equal(first(filled(opener, 38)), said, opener);
    t.not(first(filled(opener, 60)), said, opener);
  }
});

t.test('intended text is not reported as a mistake', async (t) => {
  for (const text of FINE) t.same(problemsOf(`${text}\n`), [], text);
});
