// The faults that npm run mutate inserts into sources, and the tests that it runs for each.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { checkout } from '../../packaging/mutate/checkout.ts';
import { applied, mutantsOf } from '../../packaging/mutate/mutants.ts';
import { findReach, probed } from '../../packaging/mutate/reach.ts';
import { isUnitTest, relatedTests } from '../../packaging/mutate/related.ts';
import { dedent } from '../support/dedent.ts';

t.test(
  'conditions, comparisons, numbers, booleans, statements and results are changed; types and log lines are not',
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

t.test('tests are found through imports: those in the same folder first, then the nearest', (t) => {
  const root = t.testdir({});
  const write = (path: string, ...imports: string[]) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), imports.map((specifier) => `import '${specifier}';\n`).join(''));
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

t.test('a call is inserted before the statement of a fault, and in a body that is one expression', (t) => {
  const text = dedent`
    export const most = 3;
    export const half = (n: number): number => n / 2 + 1;
    export function f(n: number): number {
      if (n < most) return 0;
      else log(n);
      return n > 4 ? n : 1;
    }
  `;
  const faults = mutantsOf('f.ts', text).map((mutant, id) => ({ mutant, id }));
  const idOf = (line: number, what: string) =>
    faults.find(({ mutant }) => mutant.line === line && mutant.what === what)?.id;

  const seen = new Set<number>();
  const output = ts.transpile(probed('f.ts', text, faults), { module: ts.ModuleKind.CommonJS });
  const exported: { f?: (n: number) => number; half?: (n: number) => number } = {};
  const load = new Function('exports', 'log', output.replaceAll('globalThis.__reached', 'exports.__reached'));
  Object.assign(exported, { __reached: (id: number) => void seen.add(id) });
  load(exported, () => {});
  const loaded = new Set(seen);
  seen.clear();

  t.ok(loaded.has(idOf(1, '3 becomes 4') ?? -1), 'a constant is reached when the module is loaded');
  t.equal(exported.half?.(4), 3);
  t.same(
    [...seen].sort(),
    faults.filter(({ mutant }) => mutant.line === 2).map(({ id }) => id),
  );
  seen.clear();
  t.equal(exported.f?.(1), 0);
  t.ok(seen.has(idOf(4, '0 becomes 1') ?? -1), 'the branch taken');
  t.notOk(seen.has(idOf(5, 'the statement is deleted') ?? -1), 'the branch not taken');
  t.notOk(seen.has(idOf(6, '> becomes >=') ?? -1), 'the code after the return');
  t.end();
});

t.test('a test covers the faults that it executes; a failing test is not used', async (t) => {
  const root = t.testdir({
    core: { 'a.ts': 'export const a = (n: number) => n + 1;\nexport const b = (n: number) => n + 2;\n' },
    test: {
      'a.test.ts': "import { a } from '../core/a.ts';\nif (a(1) !== 2) process.exit(1);\n",
      'b.test.ts': "import { b } from '../core/a.ts';\nif (b(1) !== 2) process.exit(1);\n",
    },
  });
  const tests = ['test/a.test.ts', 'test/b.test.ts'];
  const copy = await checkout(['core/a.ts', ...tests], root);
  t.teardown(() => copy.remove());
  const before = readFileSync(join(copy.folder, 'core/a.ts'), 'utf8');
  const mutants = mutantsOf('core/a.ts', before).filter(({ what }) => what === '+ becomes -');

  const reach = await findReach({
    checkout: copy,
    mutants,
    tests,
    slowest: 60_000,
    jobs: 1,
  });

  t.same([...reach.times.keys()], ['test/a.test.ts']);
  t.same(
    mutants.map((mutant) => [...reach.tests(mutant)]),
    [['test/a.test.ts'], []],
  );
  t.equal(readFileSync(join(copy.folder, 'core/a.ts'), 'utf8'), before, 'the sources are unchanged');
});
