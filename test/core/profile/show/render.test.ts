// How problems are laid out for a terminal and for annotations.

import t from 'tap';
import type { Problem } from '../../../../core/contract/problems.ts';
import { type RenderOptions, renderProblems } from '../../../../core/profile/show/render.ts';

const FILE = '/p/main.yaml';
const at = (line: number, column: number, length = 1, file = FILE) => ({ file, line, column, length });
const error = (place: Problem['place'], more: Partial<Problem> = {}): Problem => ({
  code: 'bad-yaml',
  severity: 'error',
  message: 'Wrong.',
  place,
  ...more,
});
const shown = (problem: Problem, text: string, options: Partial<RenderOptions> = {}): string[] =>
  renderProblems([problem], new Map([[FILE, text]]), { format: 'text', cwd: '/p', ...options }).split('\n');

t.test('the line stands below its place, and the caret below the text', (t) => {
  t.same(shown(error(at(2, 4, 3)), 'a: 1\nb: two\r\nc: 3'), [
    'main.yaml:2:4  error  bad-yaml',
    '  2 | b: two',
    '    |    ^^^ Wrong.',
  ]);
  t.same(shown(error(at(12, 1)), `${'\n'.repeat(11)}x`).slice(1), ['  12 | x', '     | ^ Wrong.']);
  t.same(shown(error(at(1, 2, 99)), '\tx y').slice(1), ['  1 |  x y', '    |  ^^^ Wrong.'], 'a tab is one blank');
  t.same(shown(error(at(1, 6, 0)), 'x').slice(2), ['    |      ^ Wrong.']);
  t.end();
});

t.test('without the text, and with another place', (t) => {
  const also = error(at(9, 1), { severity: 'warning', related: at(3, 5) });

  t.same(shown(also, 'x'), ['main.yaml:9:1  warning  bad-yaml', '  Wrong.', '  also at main.yaml:3:5']);
  t.same(shown(error(at(1, 1), { related: at(2, 1, 1, '/q/other.yaml') }), 'x').slice(-2), [
    '    | ^ Wrong.',
    '  also at /q/other.yaml:2:1',
  ]);
  t.same(shown(error(at(1, 1, 1, '/elsewhere.yaml')), 'x')[0], '/elsewhere.yaml:1:1  error  bad-yaml');
  t.same(shown(error(at(1, 1, 1, 'given.yaml')), 'x')[0], 'given.yaml:1:1  error  bad-yaml');
  t.same(shown(error(at(1, 1, 1, '/p')), 'x')[0], '/p:1:1  error  bad-yaml', 'the folder itself');
  t.end();
});

t.test('a long line is cut to what stands around the caret', (t) => {
  const digits = '0123456789'.repeat(40);
  const around = (column: number): string[] => shown(error(at(1, column, 2)), digits).slice(1);

  t.same(around(120), [`  1 | ${digits.slice(0, 160)}`, `    | ${' '.repeat(119)}^^ Wrong.`]);
  t.same(around(121), [`  1 | ${digits.slice(61, 221)}`, `    | ${' '.repeat(59)}^^ Wrong.`]);
  t.same(
    around(400),
    [`  1 | ${digits.slice(340)}`, `    | ${' '.repeat(59)}^ Wrong.`],
    'the caret ends with the line',
  );
  t.end();
});

t.test('colours: the place bold, an error red, a warning yellow, the gutter dim', (t) => {
  const style = (number: number, text: string): string => `\u001b[${number}m${text}\u001b[0m`;

  t.same(shown(error(at(1, 1)), 'x', { color: true }), [
    `${style(1, 'main.yaml:1:1')}  ${style(31, 'error')}  bad-yaml`,
    `  ${style(2, '1 |')} x`,
    `  ${style(2, '  |')} ${style(31, '^')} Wrong.`,
  ]);
  t.match(shown(error(at(1, 1), { severity: 'warning' }), 'x', { color: true })[0], style(33, 'warning'));
  t.end();
});

t.test('an annotation and data name the other place too', (t) => {
  const problem = error(at(2, 3, 4), { related: at(1, 5) });

  t.same(shown(problem, 'x', { format: 'github' }), [
    '::error file=main.yaml,line=2,col=3,endColumn=6,title=bad-yaml::Wrong. Also at main.yaml:1:5.',
  ]);
  const data = shown(problem, 'x', { format: 'json' });
  t.same(data.slice(0, 3), ['[', '  {', '    "code": "bad-yaml",'], 'a line for each value');
  t.same(JSON.parse(data.join('\n')), [
    {
      code: 'bad-yaml',
      severity: 'error',
      message: 'Wrong.',
      file: 'main.yaml',
      line: 2,
      column: 3,
      length: 4,
      related: { file: 'main.yaml', line: 1, column: 5, length: 1 },
    },
  ]);
  t.end();
});

t.test('control characters are shown as a dot', (t) => {
  t.same(shown(error(at(1, 1), { message: 'a\u0007b' }), 'x\u202ey').slice(1), ['  1 | x·y', '    | ^ a·b']);
  t.end();
});
