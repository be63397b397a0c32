// The built binary: its exit codes, and the same output as the commands.

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { binary, camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

const GOOD = dedent`
  camd: 1
  pipeline:
    camera: { use: source/test-pattern }
    latest: { use: cache/latest, from: camera }
    web: { use: http/server, listen: 127.0.0.1:8080 }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
`;

t.test('the bundle is executable and finds its schemas, configs and version', async (t) => {
  t.equal(statSync('dist/camd.cjs').mode & 0o111, 0o111);
  t.match(readFileSync('dist/camd.cjs', 'utf8'), /^#!\/usr\/bin\/env node\n/);
  for (const argv of [['--version'], ['plugins'], ['plugins', 'cache/latest'], ['new']]) {
    t.same(await binary(argv), await camd(argv), argv.join(' '));
  }
});

t.test('exit codes are 0 for good, 64 for a bad command line and 78 for a bad profile', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD, 'wrong.yaml': GOOD.replace('cache/latest', 'cache/lattest') });

  const good = await binary(['validate', 'good.yaml'], { cwd });
  const wrong = await binary(['validate', 'wrong.yaml'], { cwd });

  t.same(good, { code: 0, out: 'good.yaml: valid, 4 nodes\n', err: '' });
  t.equal(wrong.code, 78);
  t.match(wrong.out, 'did you mean "cache/latest"?');
  t.equal((await binary(['--config', 'wrong.yaml'], { cwd })).code, 78, 'nothing is started');
  t.equal((await binary(['validat'], { cwd })).code, 64);
});

t.test('plugins from outside share the contract with the bundle', async (t) => {
  const { Fault, environment, misuse, defineNode, defineParser } = await published();

  t.ok(environment('x', 'y') instanceof Fault);
  t.equal(misuse('x', 'y').blame, 'profile');
  for (const define of [defineNode, defineParser]) t.type(define, 'function');
});

t.test('checks compiled ahead find what ajv finds', async (t) => {
  const wrong = dedent`
    camd: 1
    log: { level: loud }
    pipeline:
      camera: { use: source/test-pattern, fps: fast }
      latest: { use: cache/latest, max_cameras: 0, stale_after: 10 }
      up: { use: upload/http, from: camera, url: nowhere, headers: [1], mthod: PUT }
  `;
  const cwd = folderWith(t, { 'wrong.yaml': wrong });

  const built = await binary(['validate', 'wrong.yaml', '--format', 'json'], { cwd });
  const here = await camd(['validate', 'wrong.yaml', '--format', 'json'], { cwd });

  t.same(JSON.parse(built.out), JSON.parse(here.out));
  t.ok(JSON.parse(built.out).length >= 6);
});

function published(): Promise<typeof import('../../../core/contract/plugin.ts')> {
  return import(pathToFileURL(resolve('dist/plugin.mjs')).href);
}
