// The control socket of a running camd: status, reload, tap, and a second camd.

import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { until } from './support/until.ts';

const profile = (extra = ''): string => dedent`
  camd: 1
  pipeline:
    camera: { use: source/test-pattern, fps: 20, size: 160x120 }
    latest: { use: cache/latest, from: camera }
    web: { use: http/server, listen: '127.0.0.1:0' }
    snapshot: { use: http/snapshot, on: web, from: latest }
    health: { use: http/health, on: web }
    ${extra}
`;

t.test('a running camd answers on its control socket, which only its owner can open', async (t) => {
  const daemon = await startDaemon(t, profile());
  const ask = (...argv: string[]) => camd([...argv, '--socket', daemon.socket]);

  t.equal(statSync(daemon.socket).mode & 0o777, 0o600);

  t.test('status lists every node with its state and frames', async (t) => {
    await until(async () => JSON.parse((await ask('status', '--json')).out).nodes[0].framesOut > 0, 'frames');
    const { code, out } = await ask('status');

    t.equal(code, 0);
    t.match(out, new RegExp(`process ${daemon.pid} .*profile.yaml`));
    t.match(out, /NODE +USE +STATE +SINCE +IN +OUT +RATE +SKIPPED/);
    for (const id of ['camera', 'latest', 'web', 'snapshot', 'health']) {
      t.match(out, new RegExp(`^${id} +\\S+ +running`, 'm'));
    }
  });

  t.test('tap shows the frames that leave a node and keeps them', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'camd-tap-'));
    t.teardown(() => rmSync(folder, { recursive: true }));

    const { code, out } = await ask('tap', 'camera', '--count', '3', '--save', folder);

    t.equal(code, 0);
    t.equal(out.match(/^camera {2}seq \d+ {2}160x120 /gm)?.length, 3);
    t.equal(readdirSync(folder).filter((name) => /^camera_\d{8}\.jpg$/.test(name)).length, 3);
    const wrong = await ask('tap', 'web');
    t.equal(wrong.code, 1);
    t.match(wrong.err, /web sends no frames; tap one of: camera, latest/);
  });

  t.test('a tap ends with a sentence when a reload removes its node', async (t) => {
    daemon.write(profile('extra: { use: source/test-pattern, fps: 1 }'));
    await ask('reload');
    const tapping = ask('tap', 'extra');
    await until(async () => {
      const { nodes } = JSON.parse((await ask('status', '--json')).out);
      return nodes.find(({ id }: { id: string }) => id === 'extra').framesOut > 1;
    }, 'frames');
    daemon.write(profile());
    await ask('reload');

    const { code, err } = await tapping;

    t.equal(code, 1);
    t.match(err, /a reload has removed the node extra; no further frames come/);
  });

  t.test('reload reports the result for every node', async (t) => {
    daemon.write(profile('extra: { use: source/test-pattern, fps: 1 }'));
    const added = await ask('reload');
    t.same(added, { code: 0, err: added.err, out: 'started   extra\nkept      5 nodes\n' });

    daemon.write(profile().replace('fps: 20', 'fps: 10'));
    const { out } = await ask('reload');
    t.equal(out, 'replaced  camera\n            fps: 20 -> 10\nstopped   extra\nkept      4 nodes\n');
  });

  t.test('a wrong profile is refused with its problems and changes nothing', async (t) => {
    daemon.write(profile().replace('fps: 10', 'fps: many').replace('cache/latest', 'cache/lates'));
    const { code, err } = await ask('reload');

    t.equal(code, 78);
    t.match(err, /profile\.yaml:\d+:\d+ +error +unknown-use/);
    t.match(err, /did you mean "cache\/latest"/);
    t.match(err, /the old profile keeps running/);
    t.match((await ask('status')).out, /the last .* ago failed: .*profile\.yaml:\d+:\d+/);
    daemon.write(profile());
  });

  t.test('a profile that cannot be brought up is refused with the reason, and the old graph runs on', async (t) => {
    const origin = await daemon.origin('web');
    const port = new URL(origin).port;
    daemon.write(profile(`other: { use: http/server, listen: '127.0.0.1:${port}' }`));
    const { code, err } = await ask('reload');

    t.equal(code, 1);
    t.match(err, new RegExp(`another program uses 127.0.0.1:${port}`));
    t.equal((await fetch(`${origin}/snapshot.jpg`)).status, 200);
    t.notMatch((await ask('status')).out, /^other /m);
    daemon.write(profile());
  });

  t.test('a second camd with the same socket refuses to start and names the first', async (t) => {
    const second = await startDaemon(t, profile(`# control`), {
      wait: false,
      env: { XDG_RUNTIME_DIR: daemon.folder },
    });

    t.equal(await second.ended, 1);
    t.match(second.text(), new RegExp(`process ${daemon.pid} already runs .*profile.yaml`));
    t.match(second.text(), /control: PATH/);
  });

  t.test('a reload that says nothing new keeps every node', async (t) => {
    await ask('reload');
    const { out } = await ask('reload');

    t.equal(out, 'kept      5 nodes\n');
  });
});

t.test('a local plugin that was changed is exchanged, and nothing else is', async (t) => {
  const plugin = (said: string): string => dedent`
    const schema = { type: 'object', properties: {} };
    export default { use: 'test/odd', schema, start: (node) => node.log.info('${said}') };
  `;
  const text = profile('odd: { use: test/odd }').replace('camd: 1', 'camd: 1\nwatch: true\nplugins: [./odd.mjs]');
  const daemon = await startDaemon(t, text, { files: { 'odd.mjs': plugin('the first one') } });
  await daemon.line('the first one', { node: 'odd' });

  writeFileSync(join(daemon.folder, 'odd.mjs'), plugin('the one after it'));

  await daemon.line('the one after it', { node: 'odd' });
  await daemon.line('profile reloaded', { replaced: 1, kept: 5 });
});

t.test('a file that is no socket is not removed to make place for one', async (t) => {
  const daemon = await startDaemon(t, profile().replace('camd: 1', 'camd: 1\ncontrol: notes.txt'), {
    wait: false,
    files: { 'notes.txt': 'to be kept' },
  });

  t.equal(await daemon.ended, 1);
  t.match(daemon.text(), /camd cannot start: the control socket .*notes\.txt cannot be taken over: it is not a socket/);
  t.equal(readFileSync(join(daemon.folder, 'notes.txt'), 'utf8'), 'to be kept');
});

t.test('with watch: true a changed file reloads, however the editor replaces it', async (t) => {
  const watching = (text: string): string => text.replace('camd: 1', 'camd: 1\nwatch: true');
  const daemon = await startDaemon(t, watching(profile()));

  daemon.write(watching(profile('extra: { use: source/test-pattern }')));
  await daemon.line('profile reloaded', { added: 1 });
  writeFileSync(`${daemon.file}.new`, watching(profile()));
  renameSync(`${daemon.file}.new`, daemon.file);
  await daemon.line('profile reloaded', { removed: 1 });
  daemon.write(watching(profile().replace('fps', 'pfs')));

  const refused = await daemon.line('profile not reloaded, the old one keeps running');
  t.match(refused.why, /profile\.yaml:\d+:\d+: .*pfs/);
  t.match(await daemon.line('the profile is invalid'), { problems: [/profile\.yaml:\d+:\d+: .*pfs/] });
  const warned = daemon.lines.filter((line) => line.msg === 'the profile has warnings');
  t.match(warned, [{ level: 'warn', problems: [/profile\.yaml:\d+:\d+: No node refers to "extra"/] }]);
  const rest = daemon.text().split('\n');
  t.same(
    rest.filter((line) => line !== '' && !line.startsWith('{')),
    [],
    'a log for programs is JSON throughout',
  );
});
