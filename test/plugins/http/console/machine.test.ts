// http/console: trying and inserting cameras, the findings of the doctor, and completion while typing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ApiError } from '../../../../plugins/http/console/api/session.ts';
import type { Completions, Doctor, Inserted, Tried } from '../../../../plugins/http/console/api.ts';
import { consoleAt, logIn } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Ending, run } from '../../../support/harness.ts';

const PASSWORD = 'correct horse';
const PROFILE = dedent`
  camd: 1
  control: false
  vars: { pause: 10s }
  pipeline:
    hall: { use: source/test-pattern, fps: 5 }   # old
    latest:
      use: cache/latest
      from: hall
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      users: { anna: { password: ${PASSWORD}, role: edit } }
`;

async function site(t: Ending) {
  const camd = await run(t, PROFILE);
  return { camd, ask: await logIn(await consoleAt(camd), 'anna', PASSWORD) };
}

t.test('a camera is tried outside the graph, with its picture and its figures', async (t) => {
  const { camd, ask } = await site(t);
  const before = camd.daemon.view.nodes().length;

  const body = { id: 'door', use: 'source/test-pattern', options: { fps: 20, size: '320x240' } };
  const { json } = await ask<Tried>('/api/cameras/try', { body });

  t.match(json.picture, { camera: 'door', width: 320, height: 240, data: /^data:image\/jpeg/ });
  t.ok((json.rate ?? 0) > 0);
  t.equal(camd.daemon.view.nodes().length, before);
});

t.test('a camera that cannot be tried is reported with the reason: fenced, wrong or missing', async (t) => {
  const { ask } = await site(t);
  const tried = async (use: string, options: object) =>
    ask<Tried & ApiError>('/api/cameras/try', { body: { id: 'door', use, options } });

  t.match((await tried('source/exec', { command: ['id'] })).json, {
    code: 'fenced',
    message: /change this on the machine/,
  });
  t.match((await tried('source/test-pattern', { fps: 'many' })).json, { why: /fps/ });
  t.match((await tried('source/directory', { path: '/etc' })).json, { code: 'fenced' });
  t.equal(
    (await tried('source/test-pattern', { use: 'source/directory' })).status,
    400,
    'options cannot replace the plugin named in the log',
  );
});

t.test('a camera is inserted into the text, and nothing is saved', async (t) => {
  const { camd, ask } = await site(t);

  const body = { id: 'door', use: 'source/test-pattern', options: { fps: 2 } };
  const { json } = await ask<Inserted>('/api/cameras/insert', { body });

  t.match(json.text, /^ {2}door: \{ use: source\/test-pattern, fps: 2 \}$/m);
  t.match(json.text, '# old');
  t.equal(readFileSync(join(camd.folder, 'profile.yaml'), 'utf8'), PROFILE);
  t.equal((await ask('/api/cameras/insert', { body: { ...body, id: 'hall' } })).status, 422);
  t.equal((await ask('/api/cameras/insert', { body: { ...body, id: 'a/b' } })).status, 400);
  t.equal((await ask('/api/cameras/find', { body: { where: 'everywhere' } })).status, 400);
});

t.test('the doctor of the console returns the findings of camd doctor as JSON', async (t) => {
  const { ask } = await site(t);

  const { json } = await ask<Doctor>('/api/doctor', { body: {} });

  t.ok(json.checks.some(({ subject, code }) => subject === 'machine' && code.startsWith('clock')));
  t.ok(json.checks.some(({ subject }) => subject !== 'machine') || json.checks.length > 0);
  t.equal(json.wrong, json.checks.filter(({ is }) => is === 'wrong').length);
});

t.test(
  'completion offers keys, plugins, values, nodes and vars at their places, also in text that is not valid YAML',
  async (t) => {
    const { ask } = await site(t);
    /** "|" is the cursor. */
    const labels = async (marked: string): Promise<string[]> => {
      const body = { path: 'profile.yaml', text: marked.replace('|', ''), offset: marked.indexOf('|') };
      return (await ask<Completions>('/api/profile/complete', { body })).json.items.map(({ label }) => label);
    };
    const start = 'camd: 1\nvars:\n  pause: 10s\npipeline:\n  hall: { use: source/test-pattern }\n';

    t.ok((await labels('camd: 1\n|')).includes('pipeline'));
    t.ok((await labels(`${start}  latest:\n    |`)).includes('use'));
    t.ok((await labels(`${start}  latest:\n    use: ca|`)).includes('cache/latest'));
    t.ok((await labels(`${start}  latest:\n    use: cache/latest\n    sta|`)).includes('stale_after'));
    t.strictSame(await labels(`${start}  latest:\n    use: cache/latest\n    from: |`), ['hall']);
    t.ok((await labels(`${start}  x: { use: source/test-pattern, |`)).includes('fps'));
    t.ok((await labels(`${start}  x: { use: source/test-pattern, mode: |`)).includes('on_demand'));
    t.strictSame(await labels(`${start}  latest:\n    use: cache/latest\n    stale_after: "\${va|`), ['var:pause']);
    const shown = (
      await ask<Completions>('/api/profile/complete', {
        body: {
          path: 'p',
          text: `${start}  x:\n    use: cache/latest\n    stale_after: 1s\n`,
          offset: `${start}  x:\n    use: cache/latest\n    sta`.length,
        },
      })
    ).json;
    t.match(shown.here, { title: /^stale_after: duration/, text: /./ });
  },
);
