// `camd validate`: exit codes, formats, missing secrets, standard input.

import { join } from 'node:path';
import t from 'tap';
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

t.test('a valid profile exits with 0 and one line', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD });

  for (const argv of [['good.yaml'], ['--config', 'good.yaml'], ['-c', 'good.yaml'], ['--config=good.yaml']]) {
    t.same(await camd(['validate', ...argv], { cwd }), { code: 0, out: 'good.yaml: valid, 4 nodes\n', err: '' });
  }
  t.match(await camd(['validate', join(cwd, 'good.yaml')]), { code: 0 });
});

t.test('an invalid profile exits with 78, every problem with its place, and a count', async (t) => {
  const cwd = folderWith(t, { 'wrong.yaml': WRONG });

  const { code, out, err } = await camd(['validate', 'wrong.yaml'], { cwd });

  t.equal(code, 78);
  t.match(out, /^wrong\.yaml:4:\d+ +error +unknown-option/m);
  t.match(out, /^wrong\.yaml:4:\d+ +error +unknown-node/m);
  t.match(out, 'did you mean "stale_after"?');
  t.equal(err, '2 errors\n');
});

t.test('several profiles are checked in one run, and one invalid profile fails it', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD, 'wrong.yaml': WRONG });

  const { code, out } = await camd(['validate', 'good.yaml', 'wrong.yaml', 'gone.yaml'], { cwd });

  t.equal(code, 78);
  t.match(out, /^good\.yaml: valid, 4 nodes$/m);
  t.match(out, /^wrong\.yaml:4:/m);
  t.match(out, /gone\.yaml/);
});

t.test('--format json prints only data', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD, 'wrong.yaml': WRONG });

  const good = await camd(['validate', '--format', 'json', 'good.yaml'], { cwd });
  const wrong = await camd(['validate', '--format=json', 'wrong.yaml'], { cwd });

  t.same(good, { code: 0, out: '[]\n', err: '' });
  t.equal(wrong.code, 78);
  t.equal(wrong.err, '');
  const codes = JSON.parse(wrong.out).map(({ code }: { code: string }) => code);
  t.same([...codes].sort(), ['unknown-node', 'unknown-option']);
});

t.test('--without-secrets reports missing secrets as warnings and checks everything else', async (t) => {
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

const SHOP = dedent`
  camd: 1
  vars: { host: 10.0.0.7 }
  pipeline:
    door: { use: source/http-poll, url: 'http://\${var:host}/a.jpg', every: 5s }
    cam.2: { use: source/test-pattern }
    latest: { use: cache/latest, from: [door, cam.2] }
    web: { use: http/server, listen: 127.0.0.1:8080 }
    snapshot: { use: http/snapshot, on: web, from: latest, path: '/{camera}.jpg' }
`;

t.test('validate - reads standard input once, and names it', async (t) => {
  const cwd = folderWith(t, { 'shop.yaml': SHOP });
  const input = SHOP.replace('every: 5s', 'every: 5');

  t.match(await camd(['validate', '-', '--offline'], { cwd, input: SHOP }), { code: 0, out: /^-: valid, 5 nodes\n/ });
  const wrong = await camd(['validate', '-', 'shop.yaml', '--offline'], { cwd, input });
  t.equal(wrong.code, 78);
  t.match(wrong.out, /^<stdin>:4:\d+ {2}error {2}wrong-unit\n {2}4 \| .*every: 5 \}/);
  t.match(await camd(['print', '-'], { cwd, input: SHOP }), { code: 0, out: /every: 5s/ });
  t.match(await camd(['validate', '-', '-'], { cwd, input }), { code: 64, err: /only once/ });
  t.match(await camd(['validate', '-'], { cwd, input: Buffer.from('\ufeffcamd: 1', 'utf16le') }), {
    code: 64,
    err: /standard input: it is UTF-16; save it as UTF-8/,
  });
  t.match(await camd(['validate', '-'], { cwd, input: '#'.repeat(5 * 1024 * 1024) }), { code: 64, err: /larger than/ });
});
