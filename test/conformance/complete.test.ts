// Every built-in plugin is under the conformance suite of its kind.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { builtins } from '../../plugins/index.ts';

const FOLDER = 'test/conformance';

t.test('no built-in plugin is left out of the conformance suites', async (t) => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.test.ts'));
  const together = files.map((name) => readFileSync(join(FOLDER, name), 'utf8')).join('\n');
  /** Parsers, stores, registries and providers of `mqtt` have theirs in their own tests. */
  const isAlone = (use: string): boolean =>
    existsSync(`test/plugins/${use}.test.ts`) &&
    /Conformance\(\s*t,/.test(readFileSync(`test/plugins/${use}.test.ts`, 'utf8'));

  t.same(
    Object.keys(builtins).filter((use) => !together.includes(`\n  '${use}':`) && !isAlone(use)),
    [],
  );
});
