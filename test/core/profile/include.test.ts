// How deep and how many files a profile may include.

import t from 'tap';
import { loadProfile } from '../../../core/profile/source/include.ts';

/** As in docs/profile.md. */
const DEEP = 16;
const ALL = 256;

const load = (files: Readonly<Record<string, string>>) => loadProfile('/0', async (path) => files[path] ?? '');

/** Each file includes the next one. */
const chain = (depth: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: depth + 1 }, (_, at) => [
      `/${at}`,
      at < depth ? `camd: 1\ninclude: [/${at + 1}]\n` : 'camd: 1\nwatch: true\n',
    ]),
  );

t.test('sixteen levels of includes are read, and the seventeenth is refused at its place', async (t) => {
  const fits = await load(chain(DEEP));
  const over = await load(chain(DEEP + 1));

  t.same(fits.problems, []);
  t.equal(fits.files.length, DEEP + 1);
  t.ok(fits.tree?.entries.has('watch'), 'the deepest file is merged');
  t.match(over.problems, [{ code: 'bad-include', place: { file: `/${DEEP}`, line: 2 } }]);
  t.equal(over.tree, undefined);
});

t.test('a profile may include 256 files, and its own keys override theirs', async (t) => {
  const wide = (count: number): Record<string, string> => ({
    '/0': `camd: 1\nwatch: false\ninclude: [${Array.from({ length: count }, (_, at) => `/${at + 1}`).join(', ')}]\n`,
    ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`/${at + 1}`, 'camd: 1\nwatch: true\n'])),
  });

  const fits = await load(wide(ALL));
  const over = await load(wide(ALL + 1));

  t.same(fits.problems, []);
  t.same([...(fits.tree?.entries.keys() ?? [])].sort(), ['camd', 'watch'], '"include" itself is gone');
  t.match(fits.tree?.entries.get('watch')?.value, { kind: 'leaf', value: false });
  t.match(over.problems, [{ code: 'bad-include' }]);
});
