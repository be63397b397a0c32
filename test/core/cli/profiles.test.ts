// Commands that read profiles: validate, print, graph, schema, plugins, and commands of plugins.

import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

const GOOD = dedent`
  camd: 1
  vars: { stale: 20s }
  pipeline:
    camera: { use: source/test-pattern }
    latest: { use: cache/latest, from: camera, stale_after: "\${var:stale}" }
    web: { use: http/server, listen: 127.0.0.1:8080 }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
`;

const WRONG = dedent`
  camd: 1
  pipeline:
    camera: { use: source/test-pattern }
    latest: { use: cache/latest, from: camra, stale_aftr: 20s }
`;

t.test('a good profile exits 0 and says so in one line', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD });

  for (const argv of [['good.yaml'], ['--config', 'good.yaml'], ['-c', 'good.yaml'], ['--config=good.yaml']]) {
    t.same(await camd(['validate', ...argv], { cwd }), { code: 0, out: 'good.yaml: valid, 4 nodes\n', err: '' });
  }
  t.match(await camd(['validate', join(cwd, 'good.yaml')]), { code: 0 });
});

t.test('a wrong profile exits 78 with every problem, its place and a count', async (t) => {
  const cwd = folderWith(t, { 'wrong.yaml': WRONG });

  const { code, out, err } = await camd(['validate', 'wrong.yaml'], { cwd });

  t.equal(code, 78);
  t.match(out, /^wrong\.yaml:4:\d+ +error +unknown-option/m);
  t.match(out, /^wrong\.yaml:4:\d+ +error +unknown-node/m);
  t.match(out, 'did you mean "stale_after"?');
  t.equal(err, '2 errors\n');
});

t.test('several profiles are checked in one run, and one wrong one is enough', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD, 'wrong.yaml': WRONG });

  const { code, out } = await camd(['validate', 'good.yaml', 'wrong.yaml', 'gone.yaml'], { cwd });

  t.equal(code, 78);
  t.match(out, /^good\.yaml: valid, 4 nodes$/m);
  t.match(out, /^wrong\.yaml:4:/m);
  t.match(out, /gone\.yaml/);
});

t.test('--format json prints data and nothing else', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD, 'wrong.yaml': WRONG });

  const good = await camd(['validate', '--format', 'json', 'good.yaml'], { cwd });
  const wrong = await camd(['validate', '--format=json', 'wrong.yaml'], { cwd });

  t.same(good, { code: 0, out: '[]\n', err: '' });
  t.equal(wrong.code, 78);
  t.equal(wrong.err, '');
  const codes = JSON.parse(wrong.out).map(({ code }: { code: string }) => code);
  t.same([...codes].sort(), ['unknown-node', 'unknown-option']);
});

t.test('where the secrets are not, their absence is a warning and everything else is checked as ever', async (t) => {
  const text = dedent`
    camd: 1
    pipeline:
      cam: { use: source/http-poll, url: 'http://127.0.0.1/', username: me, password: '\${env:CAMERA_PASSWORD}' }
      latest: { use: cache/latest, from: cam }
  `;
  const cwd = folderWith(t, { 'good.yaml': text, 'wrong.yaml': text.replace('latest,', 'lates,') });

  const strict = await camd(['validate', 'good.yaml'], { cwd });
  const good = await camd(['validate', '--without-secrets', 'good.yaml'], { cwd });
  const wrong = await camd(['validate', '--without-secrets', 'wrong.yaml'], { cwd });

  t.equal(strict.code, 78);
  t.equal(good.code, 0);
  t.match(good.out, /warning +unset-variable[\s\S]*good\.yaml: valid except for missing secrets/);
  t.equal(wrong.code, 78);
});

t.test('--format github prints annotations', async (t) => {
  const cwd = folderWith(t, { 'wrong.yaml': WRONG });

  const { code, out } = await camd(['validate', '--format', 'github', 'wrong.yaml'], { cwd });

  t.equal(code, 78);
  t.match(out, /^::error file=wrong\.yaml,line=4,col=\d+/m);
});

t.test('print shows variables and defaults, as YAML or JSON, and is a profile again', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD });

  const yaml = await camd(['print', 'good.yaml'], { cwd });
  const json = await camd(['print', '--format', 'json', '-c', 'good.yaml'], { cwd });

  t.equal(yaml.code, 0);
  t.same(parse(yaml.out), JSON.parse(json.out));
  t.match(parse(yaml.out), { camd: 1, pipeline: { latest: { stale_after: '20s', max_cameras: 4096 } } });
  t.match(await camd(['validate', 'again.yaml'], { cwd: folderWith(t, { 'again.yaml': yaml.out }) }), { code: 0 });
});

t.test('print masks secrets', async (t) => {
  const cwd = folderWith(t, {
    'secret.yaml': dedent`
      camd: 1
      pipeline:
        camera: { use: source/test-pattern }
        latest: { use: cache/latest, from: camera }
        up:
          use: upload/prusa-connect
          from: latest
          token: "\${env:PC_TOKEN}"
          fingerprint: "\${env:PC_FINGERPRINT}"
    `,
  });
  const env = { PC_TOKEN: 'hushhushhushhushhush', PC_FINGERPRINT: 'c0ffee00c0ffee00c0ffee00' };

  const { code, out, err } = await camd(['print', 'secret.yaml'], { cwd, env });

  t.equal(code, 0, err);
  t.match(out, 'upload/prusa-connect');
  t.notMatch(out + err, /hush/);
});

t.test('print and graph of a wrong profile print its problems and exit 78', async (t) => {
  const cwd = folderWith(t, { 'wrong.yaml': WRONG });

  for (const command of ['print', 'graph']) {
    const { code, out, err } = await camd([command, 'wrong.yaml'], { cwd });
    t.equal(code, 78, command);
    t.equal(out, '', command);
    t.match(err, /unknown-option/, command);
  }
});

t.test('graph draws text, mermaid and dot', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD });

  t.equal(
    (await camd(['graph', 'good.yaml'], { cwd })).out,
    dedent`
      camera  source/test-pattern
      └─ latest  cache/latest
         └─ snapshot  http/snapshot  on web  /snapshot.jpg

      web  http/server  127.0.0.1:8080
    `,
  );
  t.match(
    (await camd(['graph', '--format', 'mermaid', 'good.yaml'], { cwd })).out,
    /^flowchart LR\n(?:.*\n)*? {2}n1 --> n2\n/,
  );
  t.match((await camd(['graph', '--format', 'dot', 'good.yaml'], { cwd })).out, '"camera" -> "latest";');
});

t.test('plugins lists all built-in ones; plugins USE documents one, parsers by their short names too', async (t) => {
  const list = await camd(['plugins']);
  const page = await camd(['plugins', 'cache/latest']);
  const parser = await camd(['plugins', 'mjpeg']);
  const markdown = await camd(['plugins', 'cache/latest', '--format', 'markdown']);
  const json = await camd(['plugins', '--format', 'json']);

  t.match(list.out, /^cache\n {2}cache\/latest +Keeps the newest frame of each camera$/m);
  t.match(page.out, /stale_after {2}default 15s\n {6}duration; such as .*; at least 100ms\n/);
  t.match(page.out, 'Provides: frames, stills.');
  t.match(page.out, 'Example: ');
  t.match(parser.out, /^parse\/mjpeg: /);
  t.match(markdown.out, /^# cache\/latest\n/);
  t.ok(JSON.parse(json.out).length > 5);
});

t.test('the schema for editors names every node plugin under use', async (t) => {
  const { code, out } = await camd(['schema']);

  const { definitions } = JSON.parse(out);
  t.equal(code, 0);
  t.ok(definitions.node.properties.use.enum.includes('cache/latest'));
  t.notOk(definitions.node.properties.use.enum.some((use: string) => use.startsWith('parse/')));
  t.ok(definitions.parser.anyOf[0].enum.includes('mjpeg'));
});

const LIST = dedent`
  export default {
    use: 'acme/list',
    schema: {
      type: 'object',
      summary: 'A list',
      description: 'A list.',
      additionalProperties: false,
      properties: { size: { description: 'Bytes.', type: 'string', unit: 'size', default: '1KiB' } },
    },
    start() {},
    commands: {
      clients: {
        summary: 'Tells the clients',
        usage: 'clients add NAME',
        run: async (options, args) => [\`size \${options.size}\`, ...args],
      },
    },
  };
`;

t.test('a command of a plugin is found through the profile and gets the options of its node', async (t) => {
  const one = 'camd: 1\nplugins: [./list.mjs]\npipeline:\n  known: { use: acme/list, size: 2KiB }\n';
  const cwd = folderWith(t, { 'list.mjs': LIST, 'one.yaml': one, 'two.yaml': `${one}  more: { use: acme/list }\n` });

  const before = await camd(['--config', 'one.yaml', 'clients', 'add', 'x'], { cwd });
  const after = await camd(['clients', 'add', 'x', '-c', 'one.yaml'], { cwd });
  const help = await camd(['clients', '--help', '--config=one.yaml'], { cwd });
  const which = await camd(['clients', '--config', 'two.yaml'], { cwd });
  const chosen = await camd(['clients', '--config', 'two.yaml', '--node', 'more'], { cwd });
  const slip = await camd(['cliens', '--config', 'one.yaml'], { cwd });

  t.same(before, { code: 0, out: 'size 2048\nadd\nx\n', err: '' });
  t.same(after, before);
  t.match(help, { code: 0, out: /Usage: camd clients add NAME --config PROFILE/ });
  t.match(which, { code: 64, err: /several nodes have this command \(known, more\); choose one with --node/ });
  t.match(chosen, { code: 0, out: 'size 1024\n' });
  t.match(slip, { code: 64, err: /did you mean "clients"\?/ });
});
