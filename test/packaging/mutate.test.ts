// The faults that npm run mutate puts into sources, and the tests that it runs for each.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { applied, mutantsOf } from '../../packaging/mutate/mutants.ts';
import { isUnitTest, relatedTests } from '../../packaging/mutate/related.ts';
import { dedent } from '../support/dedent.ts';

t.test(
  'conditions, comparisons, numbers, truth values, statements and results are changed, types and log lines not',
  (t) => {
    const text = dedent`
    import { a } from './a.ts';
    interface Size { readonly most: 7 }
    export function f(n: number, size: Size | undefined): boolean | undefined {
      if (n < 3) return true;
      log.warn('too many');
      a.push(n);
      return n > 4 && size !== undefined ? 'x' + n : undefined;
    }
  `;

    const found = mutantsOf('f.ts', text);

    t.same(
      found.map(({ line, what }) => `${line} ${what}`),
      [
        '4 the condition is negated',
        '4 < becomes <=',
        '4 3 becomes 4',
        '4 undefined is returned',
        '4 true becomes false',
        '6 the statement is deleted',
        '7 the condition is negated',
        '7 undefined is returned',
        '7 > becomes >=',
        '7 4 becomes 5',
        '7 && becomes ||',
        '7 !== becomes ===',
      ],
    );
    const negated = found[0];
    t.match(negated && applied(text, negated), /if \(!\(n < 3\)\) return true;/);
    t.end();
  },
);

t.test('tests are found through imports: those of the same folder first, then the nearest', (t) => {
  const root = t.testdir({});
  const write = (path: string, ...imports: string[]) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), imports.map((one) => `import '${one}';\n`).join(''));
  };
  write('core/graph/a.ts', './b.ts');
  write('core/graph/b.ts');
  write('test/core/graph/a.test.ts', '../../../core/graph/a.ts');
  write('test/plugins/near.test.ts', '../../core/graph/b.ts');
  write('test/plugins/far.test.ts', '../../core/graph/a.ts', 'node:fs');
  write('test/plugins/other.test.ts');
  const tests = [
    'test/plugins/far.test.ts',
    'test/plugins/near.test.ts',
    'test/core/graph/a.test.ts',
    'test/plugins/other.test.ts',
  ];

  const related = relatedTests(root, tests);

  t.same(related('core/graph/b.ts'), [
    'test/core/graph/a.test.ts',
    'test/plugins/near.test.ts',
    'test/plugins/far.test.ts',
  ]);
  t.same(related('core/graph/a.ts'), ['test/core/graph/a.test.ts', 'test/plugins/far.test.ts']);
  t.same(
    ['test/core/x.test.ts', 'test/plugins/http/viewer-page.test.ts', 'test/storm.test.ts', 'test/support/x.ts'].map(
      isUnitTest,
    ),
    [true, false, false, false],
  );
  t.end();
});
