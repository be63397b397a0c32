// The pages of http/console without a browser: both languages, the size of each page, merging of texts, the drawing, places.

import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import t from 'tap';
import { BOX, draw, pathOf } from '../../../../plugins/http/console/page/lib/graph/layout.ts';
import { planText } from '../../../../plugins/http/console/page/lib/plan.ts';
import { createDrafts } from '../../../../plugins/http/console/page/lib/profile/drafts.ts';
import { premerge } from '../../../../plugins/http/console/page/lib/profile/premerge.ts';
import { marksOf, offsetOf } from '../../../../plugins/http/console/page/lib/profile/problems.ts';
import { WORDS } from '../../../../plugins/http/console/page/lib/words.ts';
import { HTML, PAGES } from '../../../../plugins/http/console/page-files.ts';
import { PAGE_BUNDLE, pageFile } from '../../../../plugins/kit/page/files.ts';

const FOLDER = 'plugins/http/console/page';
/** Bytes with gzip: HTML, script and styles of one page. */
const MOST = 50_000;
const MOST_WITH_EDITOR = 200_000;

t.test('both languages have the same texts with the same values', async (t) => {
  const names = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

  t.same(Object.keys(WORDS.de), Object.keys(WORDS.en), 'the same keys in the same order');
  for (const [key, text] of Object.entries(WORDS.en)) {
    const translated = WORDS.de[key as keyof typeof WORDS.en];
    t.same(names(translated), names(text), key);
    t.ok(translated.trim(), key);
  }
});

t.test('the page Profile stays below 200 KB and every other page below 50 KB, compressed', async (t) => {
  const scripts = Object.keys(PAGES).map((name) => `${FOLDER}/${name}.ts`);
  const built = await build({
    ...PAGE_BUNDLE,
    entryPoints: [...scripts, `${FOLDER}/console.css`],
    outdir: 'none',
    write: false,
  });
  const sizeOf = (name: string): number =>
    gzipSync(built.outputFiles.find(({ path }) => path.endsWith(`/${name}`))?.contents ?? '').length;
  const html = gzipSync(await pageFile('http/console', HTML)).length;

  for (const name of Object.keys(PAGES)) {
    const size = html + sizeOf('console.css') + sizeOf(`${name}.js`);
    const most = name === 'profile' ? MOST_WITH_EDITOR : MOST;
    t.ok(size < most, `${name} has ${size} of ${most} bytes`);
    t.ok(sizeOf(`${name}.js`) > 1000, `${name}.js was built`);
  }
});

t.test('external changes of a file are merged into a draft that changes other lines', async (t) => {
  const base = 'camd: 1\npipeline:\n  gate:\n    use: source/tcp\n    fps: 10\n';
  const draft = base.replace('fps: 10', 'fps: 5');

  t.same(premerge(base, draft, base.replace('  gate:', '  # the gate\n  gate:')), {
    text: draft.replace('  gate:', '  # the gate\n  gate:'),
    clean: true,
  });
  t.same(premerge(base, draft, base.replace('fps: 10', 'fps: 25')), { text: draft, clean: false });
  t.same(premerge(base, base, draft), { text: draft, clean: true }, 'a text without changes');
  t.same(premerge(base, `${base}# end\n`, `# start\n${base}`), { text: `# start\n${base}# end\n`, clean: true });
});

t.test('a draft contains its changes, and follows the files after a merge', async (t) => {
  const file = (text: string) => ({ path: '/etc/camd.yaml', name: 'camd.yaml', text, writable: true });
  const drafts = createDrafts();
  drafts.load({ revision: 'one', files: [file('a\nb\nc\n')] });
  drafts.set('/etc/camd.yaml', 'a\nb\nC\n');

  t.same(drafts.changed(), [{ path: '/etc/camd.yaml', text: 'a\nb\nC\n' }]);
  t.ok(drafts.merge({ revision: 'two', files: [file('A\nb\nc\n')] }));
  t.equal(drafts.revision(), 'two');
  t.equal(drafts.text('/etc/camd.yaml'), 'A\nb\nC\n');
  drafts.set('/etc/camd.yaml', 'A\nb\nc\n');
  t.same(drafts.changed(), [], 'equal to the file again');
});

t.test('text typed while a change is applied stays a draft', async (t) => {
  const file = (text: string) => ({ path: '/etc/camd.yaml', name: 'camd.yaml', text, writable: true });
  const drafts = createDrafts();
  drafts.load({ revision: 'one', files: [file('a\nb\nc\n')] });
  drafts.set('/etc/camd.yaml', 'A\nb\nc\n');
  const sent = drafts.changed();
  drafts.set('/etc/camd.yaml', 'A\nb\nC\n');

  t.ok(drafts.applied({ revision: 'two', files: [file('A\nb\nc\n')] }, sent));

  t.equal(drafts.text('/etc/camd.yaml'), 'A\nb\nC\n');
  t.ok(drafts.isChanged('/etc/camd.yaml'));
  drafts.applied({ revision: 'three', files: [file('A\nb\nC\n')] }, drafts.changed());
  t.notOk(drafts.isChanged('/etc/camd.yaml'));
});

t.test('a file that changes right after an apply is reported and not taken for the applied text', async (t) => {
  const file = (text: string) => ({ path: '/etc/camd.yaml', name: 'camd.yaml', text, writable: true });
  const drafts = createDrafts();
  drafts.load({ revision: 'one', files: [file('a\nb\nc\n')] });
  drafts.set('/etc/camd.yaml', 'A\nb\nc\n');
  const sent = drafts.changed();

  drafts.set('/etc/camd.yaml', 'A!\nb\nc\n');
  t.notOk(drafts.applied({ revision: 'two', files: [file('theirs\nb\nc\n')] }, sent), 'the same line');
  drafts.load({ revision: 'one', files: [file('a\nb\nc\n')] });
  drafts.set('/etc/camd.yaml', 'A\nb\nC\n');
  t.ok(drafts.applied({ revision: 'two', files: [file('theirs\nb\nc\n')] }, sent), 'another line');
  t.equal(drafts.text('/etc/camd.yaml'), 'theirs\nb\nC\n');
});

t.test('an error is marked at its place, also at the end of a line and of the text', async (t) => {
  const text = 'camd: 1\npipeline:\n  gate: {}';
  const problem = (line: number, column: number, length: number) => ({
    code: 'unknown-option' as const,
    severity: 'error' as const,
    message: 'gate: wrong',
    place: { file: '/p.yaml', line, column, length },
  });
  const checked = { revision: '', fenced: [], problems: [problem(3, 3, 4), problem(9, 1, 1)] };

  t.equal(offsetOf(text, 1, 1), 0);
  t.equal(offsetOf(text, 3, 3), text.indexOf('gate'));
  t.equal(offsetOf(text, 1, 99), text.indexOf('\n'), 'not beyond the line');
  t.match(marksOf(checked, '/p.yaml', text), [
    { from: text.indexOf('gate'), to: text.indexOf('gate') + 4, severity: 'error' },
    { from: text.length },
  ]);
  t.same(marksOf(checked, '/other.yaml', text), [], 'only of this file');
});

t.test('a plan is one sentence', async (t) => {
  const plan = {
    kept: ['a', 'b', 'c'],
    relinked: [],
    replaced: ['gate'],
    added: [],
    removed: [],
    cut: 0,
    cutNodes: [],
    values: [],
  };

  t.equal(planText(plan), 'replaced gate, kept 3 nodes, 0 streams cut');
  t.equal(
    planText({ ...plan, added: ['n1', 'n2', 'n3', 'n4', 'n5'], replaced: [], kept: ['a'], cut: 1 }),
    'added n1, n2, n3 and 2 more, kept 1 node, 1 stream cut',
  );
});

t.test('every node and reference has its place in the drawing, in columns or in rows', async (t) => {
  const edges = [
    { from: 'gate', to: 'latest' },
    { from: 'latest', to: 'stream' },
    { from: 'web', to: 'stream' },
  ];
  const wide = draw(['gate', 'latest', 'stream', 'web', 'alone'], edges, false);
  const narrow = draw(['gate', 'latest', 'stream', 'web', 'alone'], edges, true);
  const x = (id: string): number => wide.boxes.find((box) => box.id === id)?.x ?? Number.NaN;

  t.equal(wide.boxes.length, 5);
  t.equal(wide.lines.length, 3);
  t.ok(x('gate') < x('latest') && x('latest') < x('stream'), 'frames go to the right');
  t.ok(narrow.width < wide.width && narrow.height > wide.height, 'a narrow screen gets rows');
  for (const { points } of wide.lines) t.match(pathOf(points), /^M[\d. ]+(Q[\d. ]+)*L[\d. ]+$/);
  for (const { middle } of [...wide.lines, ...narrow.lines]) t.ok(middle.x > 0 && middle.y > 0);
  const covered = wide.lines.filter(({ middle }) =>
    wide.boxes.some((box) => Math.abs(box.x - middle.x) < BOX.width / 2 && Math.abs(box.y - middle.y) < BOX.height / 2),
  );
  t.same(covered, [], 'no box covers the text of a line');
});
