// `camd print`: the resolved profile, without secrets.

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

t.test('print shows variables and defaults, as YAML or JSON, and prints a valid profile', async (t) => {
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

t.test('print and graph report the problems of an invalid profile and exit with 78', async (t) => {
  const cwd = folderWith(t, { 'wrong.yaml': WRONG });

  for (const command of ['print', 'graph']) {
    const { code, out, err } = await camd([command, 'wrong.yaml'], { cwd });
    t.equal(code, 78, command);
    t.equal(out, '', command);
    t.match(err, /unknown-option/, command);
  }
});
