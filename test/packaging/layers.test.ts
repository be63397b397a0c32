// The layer check finds forbidden imports: between plugins, and from the core into a plugin.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { layers } from '../../packaging/check/layers.ts';
import { folderWith } from '../support/cli.ts';

t.test('forbidden imports are named with their rule', async (t) => {
  const project = folderWith(t, {
    'core/contract/frame.ts': "import '../../plugins/http/webcam.ts';\n",
    'plugins/http/webcam.ts': "import './webcam-page.ts';\nimport './webcam/deep.ts';\n",
    'plugins/http/webcam-page.ts': 'export {};\n',
    'plugins/http/webcam/deep.ts': "import './gone.ts';\n",
  });

  const complaints = await layers(project);

  t.same([...complaints].sort(), [
    'core-knows-no-plugin: core/contract/frame.ts → plugins/http/webcam.ts',
    'everything-resolves: plugins/http/webcam/deep.ts → ./gone.ts',
    'plugins-stand-alone: plugins/http/webcam.ts → plugins/http/webcam-page.ts',
  ]);
});

t.test('a project in which nothing is seen is a fault, not a success', async (t) => {
  const project = folderWith(t, {});
  for (const folder of ['core', 'plugins']) mkdirSync(join(project, folder));

  t.same(await layers(project), ['there is no source file to look at']);
});

t.test('scripts for browsers are looked at too', async (t) => {
  const project = folderWith(t, {
    'core/contract/frame.ts': 'export {};\n',
    'plugins/http/viewer/page/grid.tsx': "import './gone.ts';\n",
  });

  t.same(await layers(project), ['everything-resolves: plugins/http/viewer/page/grid.tsx → ./gone.ts']);
});
