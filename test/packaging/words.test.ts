// The check of words: it reports former names in sources, schemas and pages with their lines and the term to use.

import t from 'tap';
import { words } from '../../packaging/check/words.ts';
import { folderWith } from '../support/cli.ts';

t.test('each former word is reported with its line', async (t) => {
  const project = folderWith(t, {
    'core/base/a.ts': '// Ends the lease.\n// Who is told of it.\nexport const toldCameras = 1;\n',
    'plugins/kit/b.ts': 'export const wasTold = (epitaph: string) => epitaph;\n',
    'schemas/kind/name.schema.json': '{ "description": "Whoever asks." }\n',
    'docs/page.md': '# Page\n\nThe heirs of a node.\n',
    'test/c.ts': '// Who is told of it.\n',
    'test/packaging/words.test.ts': '// The heirs are left out here.\n',
  });

  t.same(words(project), [
    'core/base/a.ts:2 says "told": use reported, sent or notified',
    'core/base/a.ts:3 says "told": use reported, sent or notified',
    'plugins/kit/b.ts:1 says "told": use reported, sent or notified',
    'test/c.ts:1 says "told": use reported, sent or notified',
    'schemas/kind/name.schema.json:1 says "whoever": use the user, the client or the caller',
    'docs/page.md:3 says "heirs": use successors',
  ]);
});

t.test('other words that contain a former word are ignored', async (t) => {
  const project = folderWith(t, {
    'core/base/a.ts': '// Untold, estates and rosters of a chatterbox; theirs.\nexport const unitoldest = 1;\n',
  });

  t.same(words(project), []);
});
