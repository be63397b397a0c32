// Profiles that include others: what overrides what, which files were read, and what is said of those that cannot be.

import t from 'tap';
import { loadProfile, MAX_PROFILE_BYTES } from '../../../../core/profile/source/include.ts';
import { toValue } from '../../../../core/profile/source/tree.ts';

type Files = Readonly<Record<string, string | Error>>;

const load = (files: Files) =>
  loadProfile('/p/main.yaml', async (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    if (text instanceof Error) throw text;
    return text;
  });

/** "code file:line:column message" of each problem. */
async function said(files: Files): Promise<string[]> {
  const { problems } = await load(files);
  return problems.map(({ code, place, message }) => `${code} ${place.file}:${place.line}:${place.column} ${message}`);
}

t.test('a later file overrides an earlier one, and the profile itself overrides all', async (t) => {
  const { tree, files, layers, sources, raw, problems } = await load({
    '/p/main.yaml': 'include: [a.yaml, sub/b.yaml]\nx: { own: main }\n',
    '/p/a.yaml': '\uFEFFx: { own: a, a: 1, both: a, list: [1, 2] }\n',
    '/p/sub/b.yaml': 'include: /q/c.yaml\nx: { own: b, both: b, list: [3] }\n',
    '/q/c.yaml': 'x: { own: c, both: c, c: 3 }\n',
  });

  t.same(problems, []);
  t.same(tree && toValue(tree), { x: { own: 'main', a: 1, both: 'b', list: [3], c: 3 } });
  t.same(files, ['/p/main.yaml', '/p/a.yaml', '/p/sub/b.yaml', '/q/c.yaml']);
  t.same(layers, ['/p/main.yaml', '/p/sub/b.yaml', '/q/c.yaml', '/p/a.yaml']);
  t.equal(sources.get('/p/a.yaml')?.charAt(0), 'x');
  t.equal(raw.get('/p/a.yaml')?.charAt(0), '\uFEFF');
});

t.test('a file that two others include is read once', async (t) => {
  let reads = 0;
  const texts: Record<string, string> = {
    '/p/main.yaml': 'include: [a.yaml, b.yaml]\n',
    '/p/a.yaml': 'include: [c.yaml]\n',
    '/p/b.yaml': 'include: [c.yaml]\n',
    '/p/c.yaml': 'x: 1\nx: 2\n',
  };
  const { layers, problems, dropped } = await loadProfile('/p/main.yaml', async (path, limit) => {
    t.equal(limit, MAX_PROFILE_BYTES);
    if (path === '/p/c.yaml') reads++;
    return texts[path] ?? '';
  });

  t.equal(reads, 1);
  t.equal(problems.length, 1);
  t.equal(dropped.length, 1);
  t.same(layers, ['/p/main.yaml', '/p/b.yaml', '/p/c.yaml', '/p/a.yaml']);
});

t.test('why a file cannot be read', async (t) => {
  const failing = (code: string | undefined, message = 'odd'): Error =>
    code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
  const reasons: readonly (readonly [Error, string])[] = [
    [failing('ENOENT'), 'there is no such file'],
    [failing('EACCES'), 'no permission'],
    [failing('EPERM'), 'no permission'],
    [failing('EISDIR'), 'it is a folder'],
    [failing('ENXIO'), 'it is not a regular file'],
    [failing('EIO'), 'odd'],
    [failing(undefined, 'it is too large'), 'it is too large'],
  ];
  for (const [error, why] of reasons) {
    t.same(await said({ '/p/main.yaml': error }), [`bad-profile /p/main.yaml:1:1 Cannot read /p/main.yaml: ${why}.`]);
    t.same(await said({ '/p/main.yaml': 'camd: 1\ninclude: [b.yaml]\n', '/p/b.yaml': error }), [
      `bad-include /p/main.yaml:2:11 Cannot read /p/b.yaml: ${why}.`,
    ]);
  }
});

t.test('files that cannot be included', async (t) => {
  const main = (include: string): Files => ({
    '/p/main.yaml': `camd: 1\ninclude: ${include}\n`,
    '/p/a.yaml': 'x: 1\n',
  });

  const list = 'bad-include /p/main.yaml:2:10 "include" must be a list of profile paths.';
  t.same(await said(main('7')), [list]);
  t.same(await said(main('""')), [list]);
  t.same(await said(main('{ a: 1 }')), [list]);
  t.same(await said(main('[[a.yaml]]')), [list.replace(':10', ':11')]);
  t.same(await said(main('[]')), []);
  t.same(await said(main('a.yaml')), []);
  t.same(await said(main('["${env:X}", a.yaml]')), [
    'bad-include /p/main.yaml:2:11 A path under "include" must not contain ${…}.',
  ]);
  t.same(await said({ '/p/main.yaml': 'include: b.yaml\n', '/p/b.yaml': 'include: main.yaml\n' }), [
    'bad-include /p/b.yaml:1:10 Profiles include each other in a cycle: /p/main.yaml → /p/b.yaml → /p/main.yaml.',
  ]);
  t.same(await said({ '/p/main.yaml': 'include: b.yaml\n', '/p/b.yaml': 'include: b.yaml\n' }), [
    'bad-include /p/b.yaml:1:10 Profiles include each other in a cycle: /p/b.yaml → /p/b.yaml.',
  ]);
  t.same(await said({ '/p/main.yaml': 'include: b.yaml\n', '/p/b.yaml': '- 1\n' }), [
    'bad-profile /p/b.yaml:1:1 A profile must be a map with the keys "camd" and "pipeline".',
  ]);
});

t.test('without one of its files there is no profile, and an empty one is none', async (t) => {
  const treeOf = async (files: Files) => (await load(files)).tree;
  const empty = 'bad-profile /p/main.yaml:1:1 The profile is empty; "camd new NAME" prints one to start from.';

  t.same(await said({ '/p/main.yaml': '# nothing\n' }), [empty]);
  t.equal(await treeOf({ '/p/main.yaml': '' }), undefined);
  t.equal(await treeOf({ '/p/main.yaml': '5\n' }), undefined);
  t.equal(await treeOf({ '/p/main.yaml': 'include: b.yaml\nx: 1\n' }), undefined);
  t.equal(await treeOf({ '/p/main.yaml': 'include: b.yaml\nx: 1\n', '/p/b.yaml': 'x: [\n' }), undefined);
  t.equal(await treeOf({ '/p/main.yaml': 'include: b.yaml\nx: 1\n', '/p/b.yaml': '5\n' }), undefined);
  t.equal(await treeOf({ '/p/main.yaml': 'include: main.yaml\nx: 1\n' }), undefined);
  t.ok(await treeOf({ '/p/main.yaml': 'include: b.yaml\nx: 1\n', '/p/b.yaml': '# nothing\n' }));
  t.ok(await treeOf({ '/p/main.yaml': 'x: 1\nx: 2\n' }));
  t.same(await said({ '/p/main.yaml': 'include: b.yaml\nx: 1\n', '/p/b.yaml': '# nothing\n' }), []);
});
