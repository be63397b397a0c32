// The environment variables, secret files and credentials of a profile, by the place where they are used.

import t from 'tap';
import { parseYaml } from '../../../../../core/profile/source/yaml.ts';
import { allOutside, outsideByPlace } from '../../../../../plugins/kit/editing/power/outside.ts';
import { dedent } from '../../../../support/dedent.ts';
import { readText } from '../../../../support/reading.ts';

const named = (text: string): string[] => [...allOutside(parseYaml('/p/main.yaml', text).tree)];

/** Everything outside is missing, which is a problem of the profile and changes no place. */
async function places(text: string, files: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  const { trees } = await readText(text, { files });
  if (!trees) throw new Error('the profile is not YAML');
  return Object.fromEntries(outsideByPlace(trees.resolved, trees.merged));
}

t.test('a tree lists the variables, files and credentials of all its leaves, each once', (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['a: ${env:A}', ['env:A']],
    ['a: ${env:A:-otherwise}', ['env:A']],
    ['a: ${file:/run/key}', ['file:/run/key']],
    ['a: ${cred:key}', ['cred:key']],
    ['a: "x${env:A}y${cred:key}z${file:/k}"', ['env:A', 'cred:key', 'file:/k']],
    ['a: [1, [x, "${env:A}"], { b: "${env:B}" }]', ['env:A', 'env:B']],
    ['a: { b: { c: "${env:C}" } }', ['env:C']],
    ['vars: { a: "${env:A}" }', ['env:A']],
    ['a: ${env:A}\nb: ${env:A}', ['env:A']],
    ['a: ${var:env}', []],
    ['a: $${env:A}', []],
    ['a: $env:A', []],
    ['a: ${A}', []],
    ['${env:A}: a', []],
    ['a: 1\nb: true\nc:\nd: text', []],
    ['', []],
  ];
  for (const [text, outside] of cases) t.same(named(text), outside, text);
  t.end();
});

t.test('direct references of a leaf are reported at its place, also in lists and maps', async (t) => {
  const profile = dedent`
    camd: 1
    control: \${env:SOCKET}
    cameras: { door: "\${env:DOOR}", "a/b~c": "\${env:GATE}" }
    pipeline:
      cam:
        use: source/feed
        url: http://\${cred:user}:\${env:PASS}@h/\${env:PASS}
        token: \${file:/run/token}
        argv: [plain, "\${env:A}", "x", "\${env:B:-b}"]
      web:
        use: http/front
        users: [{ name: a }, { name: b, password: "\${file:/run/b}" }]
      plain: { use: source/feed, token: "$\${env:NOT}", timeout: 5s }
  `;

  const found = await places(profile);

  t.same(found, {
    '/control': 'env:SOCKET',
    '/cameras/door': 'env:DOOR',
    '/cameras/a~1b~0c': 'env:GATE',
    '/pipeline/cam/url': 'cred:user, env:PASS',
    '/pipeline/cam/token': 'file:/run/token',
    '/pipeline/cam/argv/1': 'env:A',
    '/pipeline/cam/argv/3': 'env:B',
    '/pipeline/web/users/1/password': 'file:/run/b',
  });
});

t.test('an inserted value counts as written, with any content', async (t) => {
  const profile = 'camd: 1\npipeline: { cam: { use: source/feed, token: "${env:A}" } }';
  const { trees } = await readText(profile, { env: { A: '${env:B}' } });

  t.same(trees && [...outsideByPlace(trees.resolved, trees.merged)], [['/pipeline/cam/token', 'env:A']]);
});

t.test('vars are resolved to their references, and are no places themselves', async (t) => {
  const profile = (vars: string, token: string) =>
    `camd: 1\nvars: { ${vars} }\npipeline: { cam: { use: source/feed, token: "${token}" } }`;
  const cases: readonly (readonly [vars: string, token: string, taken: string | undefined])[] = [
    ['a: "${env:A}"', 'text', undefined],
    ['a: "${env:A}"', '${var:a}', 'env:A'],
    ['a: "${env:A}"', '$${var:a}', undefined],
    ['a: "${env:A}", b: "${cred:b}"', '${var:b}', 'cred:b'],
    ['a: "${env:A}", b: "${cred:b}"', '${var:b}-${var:a}-${file:/c}', 'cred:b, env:A, file:/c'],
    ['a: "${var:b}", b: "${var:c}", c: "${file:/c}"', '${var:a}', 'file:/c'],
    ['a: "${env:A} ${var:b}", b: "${env:B}"', '${var:a}', 'env:A, env:B'],
    ['a: "${var:b}", b: "${var:a} ${env:B}"', '${var:a}', 'env:B'],
    ['a: "${var:a} ${env:A}"', '${var:a}', 'env:A'],
    ['a: "${var:a}"', '${var:a}', undefined],
    ['a: plain, b: 7', '${var:a}${var:b}', undefined],
    ['a: ["${env:A}"], b: { c: "${env:B}" }', '${var:a}${var:b}', undefined],
    ['a: plain', '${var:missing}', undefined],
  ];
  for (const [vars, token, taken] of cases)
    t.same(
      await places(profile(vars, token)),
      taken === undefined ? {} : { '/pipeline/cam/token': taken },
      `${vars}: ${token}`,
    );
});

t.test('vars of a template, of the node and of an included file are all resolved', async (t) => {
  const profile = dedent`
    camd: 1
    include: base.yaml
    vars: { key: "\${env:TOP}" }
    templates:
      door: { use: source/feed, vars: { key: "\${env:DOOR}", hook: "\${cred:hook}" }, token: "\${var:key}" }
    pipeline:
      left: { like: door, hook: "http://\${var:hook}" }
      right: { use: source/feed, vars: { mine: "\${file:/mine}" }, token: "\${var:mine}", url: "\${var:below}" }
  `;

  const found = await places(profile, { 'base.yaml': 'camd: 1\nvars: { below: "${env:BELOW}" }' });

  t.match(found, {
    '/pipeline/left/token': 'env:DOOR, env:TOP',
    '/pipeline/left/hook': 'cred:hook',
    '/pipeline/right/token': 'file:/mine',
    '/pipeline/right/url': 'env:BELOW',
  });
});
