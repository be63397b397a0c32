// The layering check: a project for each rule that breaks it, and projects that break none.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { kernelNames } from '../../packaging/check/kernel-names.ts';
import { layers } from '../../packaging/check/layers.ts';
import { folderWith } from '../support/cli.ts';

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: readonly { readonly name: string }[];
};

const EMPTY = 'export {};\n';
const importing = (...paths: readonly string[]): string => paths.map((path) => `import '${path}';\n`).join('');

/** From the lowest to the highest; those without a folder are one file. */
const LEVELS = ['base', 'contract', 'catalog', 'profile', 'graph', 'daemon.ts', 'service', 'cli', 'main.ts'];
const fileOf = (level: string): string => (level.endsWith('.ts') ? level : `${level}/low.ts`);

t.test('no level of the core imports one above it', async (t) => {
  const pairs = LEVELS.flatMap((low, at) => LEVELS.slice(at + 1).map((high) => ({ low, high })));
  for (const above of [
    LEVELS.filter((level) => level.endsWith('.ts')),
    LEVELS.filter((level) => !level.endsWith('.ts')),
  ]) {
    // Each folder has a file that imports upwards and another that is imported, so that no cycle forms.
    const wrong = pairs.filter(({ low, high }) => above.includes(high) && !low.endsWith('.ts'));
    const project = folderWith(t, {
      'plugins/index.ts': EMPTY,
      ...Object.fromEntries(LEVELS.map((level) => [`core/${fileOf(level)}`, EMPTY])),
      ...Object.fromEntries(
        wrong.map(({ low }) => [
          `core/${low}/up.ts`,
          importing(...wrong.filter((pair) => pair.low === low).map(({ high }) => `../${fileOf(high)}`)),
        ]),
      ),
    });

    t.same(
      (await layers(project)).sort(),
      wrong.map(({ low, high }) => `level-${low}: core/${low}/up.ts → core/${fileOf(high)}`).sort(),
    );
  }
  const project = folderWith(t, {
    'plugins/index.ts': EMPTY,
    'core/daemon.ts': importing('./service/low.ts', './cli/low.ts', './main.ts'),
    'core/service/low.ts': EMPTY,
    'core/cli/low.ts': EMPTY,
    'core/main.ts': EMPTY,
  });
  t.same((await layers(project)).sort(), [
    'level-daemon: core/daemon.ts → core/cli/low.ts',
    'level-daemon: core/daemon.ts → core/main.ts',
    'level-daemon: core/daemon.ts → core/service/low.ts',
  ]);
});

/** Rule → files that break it, and the complaint about them. */
const BROKEN: Readonly<
  Record<string, { readonly files: Readonly<Record<string, string>>; readonly expected: string }>
> = {
  'core-has-levels': {
    files: { 'core/helpers/text.ts': EMPTY },
    expected: 'core/helpers/text.ts belongs to no level',
  },
  'core-knows-no-plugin': {
    files: { 'core/graph/hub.ts': importing('../../plugins/kit/queue.ts'), 'plugins/kit/queue.ts': EMPTY },
    expected: 'core/graph/hub.ts → plugins/kit/queue.ts',
  },
  'main-knows-only-the-list': {
    files: { 'core/main.ts': importing('../plugins/http/webcam.ts'), 'plugins/http/webcam.ts': EMPTY },
    expected: 'core/main.ts → plugins/http/webcam.ts',
  },
  'plugins-stand-alone': {
    files: { 'plugins/http/webcam.ts': importing('./webcam-page.ts'), 'plugins/http/webcam-page.ts': EMPTY },
    expected: 'plugins/http/webcam.ts → plugins/http/webcam-page.ts',
  },
  'kit-knows-no-plugin': {
    files: { 'plugins/kit/page/files.ts': importing('../../http/webcam.ts'), 'plugins/http/webcam.ts': EMPTY },
    expected: 'plugins/kit/page/files.ts → plugins/http/webcam.ts',
  },
  'plugins-see-their-own-options': {
    files: {
      'plugins/http/webcam.ts': importing('../../schemas/http/stream.ts', '../../schemas/http/webcam.ts'),
      'schemas/http/stream.ts': EMPTY,
      'schemas/http/webcam.ts': EMPTY,
    },
    expected: 'plugins/http/webcam.ts → schemas/http/stream.ts',
  },
  'plugins-see-contract-and-base': {
    files: { 'plugins/http/webcam.ts': importing('../../core/graph/hub.ts'), 'core/graph/hub.ts': EMPTY },
    expected: 'plugins/http/webcam.ts → core/graph/hub.ts',
  },
  'editing-sees-the-profile-and-the-graph': {
    files: {
      'plugins/kit/editing/index.ts': importing(
        '../../../core/profile/read.ts',
        '../../../core/graph/plan.ts',
        '../../../core/daemon/editing.ts',
        '../../../core/daemon/kernel.ts',
      ),
      'core/profile/read.ts': EMPTY,
      'core/graph/plan.ts': EMPTY,
      'core/daemon/editing.ts': EMPTY,
      'core/daemon/kernel.ts': EMPTY,
    },
    expected: 'plugins/kit/editing/index.ts → core/daemon/kernel.ts',
  },
  'editing-is-reached-through-the-contract': {
    files: {
      'plugins/index.ts': importing('./kit/editing/index.ts'),
      'plugins/http/webcam.ts': importing('../kit/editing/index.ts'),
      'plugins/kit/editing/index.ts': EMPTY,
    },
    expected: 'plugins/http/webcam.ts → plugins/kit/editing/index.ts',
  },
  'kit-does-not-publish-editing': {
    files: { 'plugins/kit/index.ts': importing('./editing/index.ts'), 'plugins/kit/editing/index.ts': EMPTY },
    expected: 'plugins/kit/index.ts → plugins/kit/editing/index.ts',
  },
  'commands-see-the-core': {
    files: { 'plugins/command/tap.ts': importing('../../core/main.ts'), 'core/main.ts': EMPTY },
    expected: 'plugins/command/tap.ts → core/main.ts',
  },
  'kit-of-commands-is-theirs': {
    files: {
      'plugins/command/tap.ts': importing('../kit/command/running.ts'),
      'plugins/http/webcam.ts': importing('../kit/command/running.ts'),
      'plugins/kit/command/running.ts': importing('../../../core/cli/command.ts'),
      'core/cli/command.ts': EMPTY,
    },
    expected: 'plugins/http/webcam.ts → plugins/kit/command/running.ts',
  },
  'testing-is-for-tests': {
    files: { 'plugins/http/webcam.ts': importing('../../testing/clock.ts'), 'testing/clock.ts': EMPTY },
    expected: 'plugins/http/webcam.ts → testing/clock.ts',
  },
  'testing-sees-the-graph-the-kit-and-the-list': {
    files: {
      'testing/run.ts': importing('../core/daemon.ts', '../plugins/index.ts', '../plugins/http/webcam.ts'),
      'core/daemon.ts': EMPTY,
      'plugins/http/webcam.ts': EMPTY,
    },
    expected: 'testing/run.ts → plugins/http/webcam.ts',
  },
  'nothing-shipped-needs-tests-or-tools': {
    files: { 'plugins/http/webcam.ts': importing('../../test/until.ts'), 'test/until.ts': EMPTY },
    expected: 'plugins/http/webcam.ts → test/until.ts',
  },
  'no-development-packages-at-run-time': {
    files: {
      'package.json': '{ "devDependencies": { "bundler": "1.0.0" } }',
      'node_modules/bundler/package.json': '{ "name": "bundler", "version": "1.0.0", "main": "index.js" }',
      'node_modules/bundler/index.js': '',
      'core/base/text.ts': importing('bundler'),
    },
    expected: 'core/base/text.ts → node_modules/bundler/index.js',
  },
  'no-circles': {
    files: { 'core/base/one.ts': importing('./two.ts'), 'core/base/two.ts': importing('./one.ts') },
    expected: 'core/base/one.ts → core/base/two.ts → core/base/one.ts',
  },
  'everything-resolves': {
    files: { 'plugins/http/viewer/page/grid.tsx': importing('./gone.ts') },
    expected: 'plugins/http/viewer/page/grid.tsx → ./gone.ts',
  },
};

for (const [rule, { files, expected }] of Object.entries(BROKEN)) {
  t.test(`the check reports a violation of ${rule}`, async (t) => {
    const project = folderWith(t, { 'core/base/clock.ts': EMPTY, 'plugins/index.ts': EMPTY, ...files });

    const complaints = await layers(project);

    t.ok(complaints.includes(`${rule}: ${expected}`), complaints.join('\n'));
    t.same(
      complaints.filter((complaint) => !complaint.startsWith(`${rule}: `)),
      [],
    );
  });
}

t.test('every rule has a project that breaks it', async (t) => {
  const rules = forbidden.map(({ name }) => name).filter((name) => !name.startsWith('level-'));

  t.same(
    rules.filter((name) => !(name in BROKEN)),
    [],
  );
});

t.test('a project without source files fails the check', async (t) => {
  const project = folderWith(t, {});
  for (const folder of ['core', 'plugins']) mkdirSync(join(project, folder));

  t.same(await layers(project), ['there are no source files to check']);
});

t.test('permitted imports of plugins and the kit pass the check', async (t) => {
  const project = folderWith(t, {
    'core/base/clock.ts': EMPTY,
    'core/contract/plugin.ts': importing('../base/clock.ts'),
    'core/main.ts': importing('../plugins/index.ts'),
    'plugins/index.ts': importing('./http/webcam/index.ts'),
    'plugins/http/webcam/index.ts': importing('./page.ts', '../../kit/queue.ts', '../../../core/contract/plugin.ts'),
    'plugins/http/webcam/page.ts': EMPTY,
    'plugins/kit/queue.ts': importing('../../core/base/clock.ts', '../../core/contract/plugin.ts'),
  });

  t.same(await layers(project), []);
});

t.test('the kernel names no plugin and no kind, in strings, templates and regular expressions', async (t) => {
  const project = folderWith(t, {
    'plugins/source/tcp.ts': EMPTY,
    'plugins/parse/mjpeg.ts': EMPTY,
    'plugins/kit/queue.ts': EMPTY,
    'core/base/fine.ts':
      "import '../source/tree.ts';\n// 'source/tcp'\nexport const hint = 'use a plugin, such as source/tcp.';\n",
    'core/graph/diff.ts':
      "export const first = (use: string) => use.startsWith('source/');\nexport const use = (name: string) => `parse/${name}`;\n" +
      "export const short = (use: string) => use.replace(/^parse\\//, '');\nexport const same = 'source/tcp';\n",
  });

  t.same(kernelNames(project), [
    'core/graph/diff.ts:1 names "source/"',
    'core/graph/diff.ts:2 names "parse/"',
    'core/graph/diff.ts:3 names "parse\\/"',
    'core/graph/diff.ts:4 names "source/tcp"',
  ]);
});
