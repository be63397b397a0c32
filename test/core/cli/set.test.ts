// `--set PATH=VALUE`: values of the command line above those of the files, with the same errors at their own place.

import t from 'tap';
import { camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

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

const files = { 'shop.yaml': SHOP };

t.test('a value is replaced, added, or removed, and ${…} in it is filled in', async (t) => {
  const cwd = folderWith(t, files);
  const set = [
    'vars.host=10.0.0.8',
    'pipeline."cam.2".fps=3',
    'log.level=debug',
    'pipeline.web.cors={origins: ["https://a.example"]}',
  ];

  const { code, out } = await camd(
    [
      'print',
      '--format',
      'json',
      'shop.yaml',
      ...set.flatMap((one) => ['--set', one]),
      '--set=pipeline.door.every=${env:EVERY}',
    ],
    { cwd, env: { EVERY: '9s' } },
  );
  const { pipeline, log } = JSON.parse(out);

  t.equal(code, 0);
  t.match(pipeline, { door: { url: 'http://10.0.0.8/a.jpg', every: '9s' }, 'cam.2': { fps: 3 } });
  t.equal(log.level, 'debug');
  const removed = await camd(['print', 'shop.yaml', '--set', 'pipeline.snapshot=null'], { cwd });
  t.notMatch(removed.out, 'snapshot');
});

t.test('the same errors as in a file stand at the place of the option', async (t) => {
  const cwd = folderWith(t, files);
  const said: readonly (readonly [string, string])[] = [
    [
      'pipeline.door.evry=5s',
      '--set pipeline.door.evry  error  unknown-option\n  source/http-poll has no option "evry"',
    ],
    ['pipeline.door.every=5', '--set pipeline.door.every  error  wrong-unit\n  every: 5 has no unit'],
    ['log.level=loud', '--set log.level  error  wrong-value\n  log.level: "loud" is not'],
    [
      'pipeline.latest.from=dor',
      '--set pipeline.latest.from  error  unknown-node\n  from: there is no node "dor"; did you mean "door"?',
    ],
    [
      'pipeline.web.listen=[::1]:8080',
      '--set pipeline.web.listen  error  bad-yaml\n  An IPv6 address in brackets must be in quotes',
    ],
    ['pipelin.web.listen=x', '--set pipelin.web.listen  error  unknown-option'],
  ];
  for (const [set, text] of said) {
    const { code, out } = await camd(['validate', '--offline', 'shop.yaml', '--set', set], { cwd });

    t.equal(code, 78, set);
    t.ok(out.startsWith(text), `${set}\n${out}`);
  }
});

t.test(
  'an argument other than PATH=VALUE is a bad command line, and a value that may be a secret is not repeated',
  async (t) => {
    const cwd = folderWith(t, files);

    for (const set of ['gargle', '=x', 'a..b=1', 'include=x.yaml']) {
      t.match(
        await camd(['validate', 'shop.yaml', '--set', set], { cwd }),
        { code: 64, err: /^--set (takes|cannot)/ },
        set,
      );
    }
    const { out, err } = await camd(
      [
        'validate',
        '--offline',
        'shop.yaml',
        '--set',
        'pipeline.up={use: upload/http, from: latest, token: [s3cret-word]}',
      ],
      { cwd },
    );
    t.match(out, /--set pipeline\.up {2}error/);
    t.notMatch(out + err, 's3cret-word');
  },
);
