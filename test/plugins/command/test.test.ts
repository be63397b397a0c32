// camd test: the test of every shipped profile passes, and unmet expectations are reported with their place in the file.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { fakeServer } from '../../../testing/server.ts';
import { camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import type { Ending } from '../../support/harness.ts';

const PROFILE = dedent`
  camd: 1
  pipeline:
    door: { use: source/tcp, connect: "192.0.2.1:9000", parse: mjpeg }
    latest: { use: cache/latest, from: door, stale_after: 15s }
    web: { use: http/server, listen: "127.0.0.1:8080" }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /door.jpg }
    api: { use: upload/http, from: latest, url: "\${env:API}", every: 10s }
`;

const test = (steps: string, top = ''): string =>
  `camd_test: 1\nservers: { api: {} }\nenv: { API: "\${server:api}" }\n${top}tests:\n  - name: The door\n    steps:\n${steps}`;

const runTest = (t: Ending, text: string, options: readonly string[] = [], profile = PROFILE) =>
  camd(['test', ...options, 'door.yaml'], { cwd: folderWith(t, { 'door.yaml': profile, 'door.test.yaml': text }) });

t.test('every shipped profile has a test, and it passes', async (t) => {
  const names = readdirSync('configs').filter((name) => /^[^.]+\.yaml$/.test(name));
  const tests = readdirSync('configs').filter((name) => name.endsWith('.test.yaml'));

  t.same(
    tests,
    names.map((name) => name.replace('.yaml', '.test.yaml')),
  );

  const { code, out } = await camd(['test', 'configs']);

  t.equal(code, 0, out);
  t.equal(out.match(/^ {2}ok /gm)?.length, out.match(/passed/) ? Number(/(\d+) passed/.exec(out)?.[1]) : 0);
});

const UNMET: readonly (readonly [string, string, string, string])[] = [
  [
    'frames of a node',
    '      - send: { to: door, count: 2 }\n      - expect: { node: latest, count: 3 }\n',
    '8:40',
    'count: expected 3 frames, saw 2',
  ],
  [
    'their order',
    '      - send: { to: door, count: 2 }\n      - expect: { node: latest, order: [2, 1] }\n',
    '8:40',
    'order: expected [2, 1], saw [1, 2]',
  ],
  [
    'their size',
    '      - send: { to: door, size: 640x480 }\n      - expect: { node: latest, size: 640x360 }\n',
    '8:39',
    'size: expected 640x360, saw 640x480',
  ],
  [
    'their camera',
    '      - send: { to: door }\n      - expect: { node: latest, cameras: [gate] }\n',
    '8:42',
    'cameras: expected [gate], saw [door]',
  ],
  [
    'requests at a stand-in',
    '      - send: { to: door }\n      - expect: { server: api, path: /gate, count: 1 }\n',
    '8:52',
    'count: expected 1 request, saw 0; other requests: POST /',
  ],
  [
    'a header of them',
    '      - send: { to: door }\n      - expect:\n          server: api\n          headers:\n            content-type: image/png\n',
    '11:27',
    'headers content-type: expected image/png, saw image/jpeg',
  ],
  [
    'the status of an answer',
    '      - request: { to: web, path: /door.jpg }\n        answer: { status: 200 }\n',
    '8:27',
    'status: expected 200, saw 503',
  ],
  [
    'the picture of an answer',
    '      - send: { to: door, count: 2 }\n      - request: { to: web, path: /door.jpg }\n        answer: { picture: 1 }\n',
    '9:28',
    'picture: expected picture 1, saw picture 2',
  ],
  [
    'the state of a node',
    '      - expect: { node: api, state: failed }\n',
    '7:37',
    'state: expected failed, saw degraded: The first picture of door has not come yet.',
  ],
];

for (const [what, steps, place, message] of UNMET) {
  t.test(`an unmet expectation is reported with its place: ${what}`, async (t) => {
    const { code, out } = await runTest(t, test(steps));

    t.equal(code, 1, out);
    t.match(out, `door.test.yaml:${place}  error  unmet-expectation`);
    t.match(out, message);
    t.match(out, '0 passed, 1 failed');
  });
}

t.test('mistakes in a test file are reported with their place, and nothing runs', async (t) => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [test('      - sent: { to: door }\n'), '7:9', /has no key "sent"; did you mean "send"/],
    [test('      - wait: 10\n'), '7:15', /10 has no unit; .* Did you mean 10s/],
    [test('      - send: { to: dor }\n'), '7:21', /The profile has no node "dor"; did you mean "door"/],
    [test('      - send: { to: latest }\n'), '7:21', /"latest" is cache\/latest; name a source .*: door/],
    [test('      - expect: { server: apo, count: 1 }\n'), '7:27', /no stand-in server "apo"; did you mean "api"/],
    [test('      - expect: { viewer: me, count: 1 }\n'), '7:27', /No step before this one opens a viewer "me"/],
    [
      test('      - wait: 1s\n        answer: { status: 200 }\n'),
      '8:9',
      /"answer" is only allowed together with "request" or "publish"/,
    ],
    [test('      - wait: 1s\n', 'set: { pipeline.latest.stale_after: 7 }\n'), '4:37', /7 has no unit/],
    [test('      - wait: 1s\n', 'set: { a: "${server:x}" }\n'), '4:11', /no stand-in server "x"/],
    [test('      - wait: 1s\n      - wait: [\n'), '8:', /./],
    ['', '1:1', /The test file is empty/],
  ];
  for (const [text, place, message] of wrong) {
    const { code, out } = await runTest(t, text);

    t.equal(code, 78, out);
    t.match(out, `door.test.yaml:${place}`, String(message));
    t.match(out, message);
  }
});

t.test('a mistake in the profile is reported with its place in the profile', async (t) => {
  const { code, out } = await runTest(t, test('      - wait: 1s\n'), [], PROFILE.replace('stale_after', 'stale_afer'));

  t.equal(code, 78);
  t.match(out, /door\.yaml:4:\d+ {2}error {2}unknown-option/);
});

t.test('TAP and JUnit report the failed expectation and its place', async (t) => {
  const text = `${test('      - send: { to: door }\n')}  - name: 'Less < & more # again'\n    steps:\n      - expect: { node: latest, count: 1 }\n`;

  const tap = await runTest(t, text, ['--format', 'tap']);
  const junit = await runTest(t, text, ['--format', 'junit']);

  t.same([tap.code, junit.code], [1, 1]);
  t.match(tap.out, /^TAP version 14\n1\.\.2\nok 1 - door\.test\.yaml: The door\n/);
  t.match(tap.out, 'not ok 2 - door.test.yaml: Less < & more \\# again\n');
  t.match(tap.out, '  at: "door.test.yaml:10:40"\n  wanted: "1 frame"\n  found: "0"\n');
  t.match(junit.out, '<testsuite name="door.test.yaml" tests="2" failures="1" errors="0"');
  t.match(junit.out, 'name="Less &lt; &amp; more # again"');
  t.match(
    junit.out,
    '<failure message="count: expected 1 frame, saw 0" type="unmet-expectation">door.test.yaml:10:40: ',
  );
});

t.test('a test has no access to the network, and its profile none to the environment', async (t) => {
  const real = await fakeServer(t, () => ({ status: 200 }));
  const steps =
    '      - send: { to: door }\n      - wait: 1m\n      - expect: { node: api, state: degraded, why: cannot be reached }\n';
  const text = test(steps).replace('"${server:api}"', `"${real.origin}"`);

  const { code, out } = await runTest(t, text);

  t.equal(code, 0, out);
  t.equal(real.requests.length, 0);
  const unset = await camd(['test', 'door.yaml'], {
    cwd: folderWith(t, { 'door.yaml': PROFILE, 'door.test.yaml': text.replace(/^env:.*\n/m, '') }),
    env: { API: real.origin },
  });
  t.equal(unset.code, 78);
  t.match(unset.out, 'unset-variable');
});

t.test('a profile without tests, a folder without tests and an unknown format are wrong arguments', async (t) => {
  const cwd = folderWith(t, { 'door.yaml': PROFILE });

  t.match(await camd(['test', 'door.yaml'], { cwd }), { code: 64, err: /write them to door\.test\.yaml/ });
  t.match(await camd(['test', '.'], { cwd }), { code: 64, err: /has no files NAME\.test\.yaml/ });
  t.match(await camd(['test', '--format', 'xml', 'door.yaml'], { cwd }), { code: 64 });
});

t.test('docs/testing-profiles.md shows the output of its commands', async (t) => {
  const page = readFileSync('docs/testing-profiles.md', 'utf8');
  const files = Object.fromEntries(
    [...page.matchAll(/^```yaml (\S+)\n(.*?)^```/gms)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const cwd = folderWith(t, files);
  const shown = [...page.matchAll(/^```console\n\$ camd (.*)\n([\s\S]*?)^```/gm)];

  t.same(shown.length, 2);
  for (const [, command = '', expected = ''] of shown) {
    const { out } = await camd(command.split(' '), { cwd });
    t.equal(out.replaceAll(/duration_ms: \d+/g, 'duration_ms: N'), expected, command);
  }
});
