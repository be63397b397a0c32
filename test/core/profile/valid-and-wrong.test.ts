// Profiles that are valid and yet wrong: one sentence for each, at its option, and none where the profile is right.

import t from 'tap';
import { builtinCatalog } from '../../support/catalog.ts';
import { camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { readText } from '../../support/reading.ts';

/** What camd says about these nodes, as "line:column message"; lines count from the first node. */
async function said(nodes: string): Promise<string[]> {
  const { problems } = await readText(`camd: 1\npipeline:\n${nodes.trimEnd()}\n`, { catalog: builtinCatalog() });
  return problems.map(({ place, message }) => `${place.line - 2}:${place.column} ${message}`);
}

const AROUND = `
  web: { use: http/server }
  page: { use: http/stream, on: web, from: latest, path: '/{camera}.mjpg' }`;

t.test('stale_after must be longer than the interval of the source, also behind other nodes', async (t) => {
  const poll = (every: string, stale = '15s') =>
    `
  door: { use: source/http-poll, url: http://192.0.2.1/a.jpg, every: ${every} }
  small: { use: transform/image, from: door, width: 320 }
  latest: { use: cache/latest, from: small, stale_after: ${stale} }${AROUND}`.slice(1);

  t.same(await said(poll('60s')), [
    '3:58 stale_after: after 15s a camera counts as offline, but its pictures come every 1m; write 2m or more.',
  ]);
  t.same(await said(poll('60s', '2m')), []);
  t.same(await said(poll('10s')), []);
  for (const [source, interval] of [
    ['use: source/exec, command: [/bin/true], every: 20s', '20s'],
    ['use: source/still, every: 30s', '30s'],
    ['use: source/test-pattern, fps: 0.02', '50s'],
    ['use: source/rtsp, url: "rtsp://192.0.2.1/x", frames: 1/m', '1m'],
  ] as const) {
    const found = await said(`  door: { ${source} }\n  latest: { use: cache/latest, from: door }${AROUND}`);
    t.match(found, [new RegExp(`^2:3 stale_after: .* pictures come every ${interval}; `)], source);
  }
  const sampled = `  door: { use: source/test-pattern }
  minute: { use: transform/sample, from: door, every: 1m }
  kept: { use: store/disk, from: minute, path: a, stale_after: 30s }`;
  t.match(await said(sampled), [/^3:64 stale_after: after 30s .* every 1m; write 2m/]);
});

t.test('two sources with one camera id whose frames meet are named together', async (t) => {
  const two = (camera: string) => `  door: { use: source/test-pattern }
  gate: { use: source/test-pattern, camera: ${camera} }
  latest: { use: cache/latest, from: [door, gate] }${AROUND}`;

  t.same(await said(two('door')), [
    '2:3 "gate" and "door" both send frames of the camera "door", and "latest" gets them mixed; give one of them another "camera".',
  ]);
  t.same(await said(two('yard')), []);
});

t.test('two sources with one camera id whose frames never meet are fine', async (t) => {
  const apart = `  large: { use: source/test-pattern, camera: door }
  small: { use: source/test-pattern, camera: door }
  latest: { use: cache/latest, from: large }
  other: { use: cache/latest, from: small }
  more: { use: http/stream, on: web, from: other, path: '/small/{camera}.mjpg' }${AROUND}`;

  t.same(await said(apart), []);
});

t.test(
  'a server open to the network without authentication gets a warning, which shows how to confirm it',
  async (t) => {
    const server = (options: string) => `  door: { use: source/test-pattern }
  latest: { use: cache/latest, from: door }
  page: { use: http/stream, on: web, from: latest, path: '/{camera}.mjpg' }
  web: { use: http/server, ${options} }`;

    for (const listen of ['":8080"', '0.0.0.0:8080', '192.168.1.2:80', '"[::]:80"']) {
      t.match(
        await said(server(`listen: ${listen}`)),
        [/^4:36 listen: .* is open to the network, and without "auth"/],
        listen,
      );
    }
    for (const fine of [
      'listen: 127.0.0.1:80',
      'listen: "[::1]:80"',
      'listen: localhost:80',
      'listen: "unix:/run/x.sock"',
      'listen: ":80", auth: { public: ["/*"] }',
      'listen: ":80", trusted_proxies: [10.0.0.1]',
    ]) {
      t.same(await said(server(fine)), [], fine);
    }
  },
);

t.test('a path for one camera where there are several', async (t) => {
  const path = (node: string) => `  door: { use: source/test-pattern }
  gate: { use: source/test-pattern }
  latest: { use: cache/latest, from: [door, gate] }
  web: { use: http/server }
  one: { ${node}, on: web, from: latest }`;

  for (const use of ['http/snapshot', 'http/stream', 'http/still-page']) {
    t.match(
      await said(path(`path: /one, use: ${use}`)),
      [
        /^5:16 path: \/one is for one camera, but there are 2 \(door, gate\), so it shows none; write path: "\/\{camera\}\/one"/,
      ],
      use,
    );
    t.same(await said(path(`path: /one, camera: gate, use: ${use}`)), [], use);
  }
  t.same(await said(path('path: "/{camera}.jpg", use: http/snapshot')), []);
});

t.test('a password in a URL in plain text', async (t) => {
  const plain = (url: string) => `  door: { use: source/http-poll, url: "${url}" }
  latest: { use: cache/latest, from: door }${AROUND}`;
  const message = /^1:39 url contains a password in plain text; write \$\{env:NAME\}/;

  t.match(await said(plain('http://me:word@192.0.2.1/a.jpg')), [message]);
  t.match(await said(plain('http://192.0.2.1/a.jpg?pwd=word')), [message]);
  t.same(await said(plain('http://me:${env:PW:-x}@192.0.2.1/a.jpg')), []);
  t.same(await said(plain('http://192.0.2.1/a.jpg?size=big')), []);
});

t.test('a parser that does not fit how the source gets its bytes', async (t) => {
  const source = (text: string) =>
    `  door: { ${text} }\n  latest: { use: cache/latest, from: door, stale_after: 1h }${AROUND}`;
  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      'parse: still, use: source/exec, command: [/bin/true]',
      /"still" reads a single picture, .* write parse: mjpeg, or every: 10s/,
    ],
    [
      'parse: image, use: source/http-stream, url: "http://192.0.2.1/"',
      /"image" reads a single picture, .*source\/http-poll/,
    ],
    [
      'parse: multipart, use: source/http-poll, url: "http://192.0.2.1/"',
      /"multipart" reads the stream .*source\/http-stream/,
    ],
    ['parse: { use: payload }, use: source/still', /"payload" reads a single picture, .* write parse: mjpeg/],
  ];
  for (const [text, message] of wrong) {
    const found = await said(source(text));
    t.equal(found.length, 1, text);
    t.match(found, [/^1:1[18] parse: /], text);
    t.match(found, [message], text);
  }
  for (const fine of [
    'parse: still, use: source/exec, command: [/bin/true], every: 10s',
    'use: source/exec, command: [/bin/true]',
    'parse: mjpeg, use: source/http-stream, url: "http://192.0.2.1/"',
    'parse: still, use: source/tcp, listen: 127.0.0.1:9',
  ]) {
    t.same(await said(source(fine)), [], fine);
  }
});

t.test('missing files, folders and programs: a warning, with --live an error, with --offline nothing', async (t) => {
  const cwd = folderWith(t, {
    'shop.yaml': dedent`
      camd: 1
      pipeline:
        door: { use: source/exec, command: [no-such-program, README], cwd: nowhere }
        gate: { use: source/exec, command: [sh, -c, "exit"], cwd: . }
        latest: { use: cache/latest, from: [door, gate] }
        web: { use: http/server, tls: { cert: cert.pem, key: key.pem } }
        page: { use: http/stream, on: web, from: latest, path: '/{camera}.mjpg' }
    `,
    'key.pem': 'key',
  });
  const env = { PATH: process.env.PATH };

  const { code, out } = await camd(['validate', 'shop.yaml'], { cwd, env });
  t.equal(code, 0);
  t.same(
    [...out.matchAll(/^(\S+ {2}\w+ {2}\S+)/gm)].map(([, head]) => head),
    ['shop.yaml:3:39  warning  not-here', 'shop.yaml:3:70  warning  not-here', 'shop.yaml:6:41  warning  not-here'],
  );
  t.match(out, /command\[0\]: there is no program "no-such-program" on this machine; install it, or write its path\./);
  t.match(out, /cwd: \S+\/nowhere is not on this machine: there is no such folder\./);
  t.match(out, /tls\.cert: \S+\/cert\.pem is not on this machine: there is no such file\./);
  t.match(await camd(['validate', '--live', 'shop.yaml'], { cwd, env }), {
    code: 78,
    out: /error {2}not-here/,
    err: '3 errors\n',
  });
  t.match(await camd(['validate', '--offline', 'shop.yaml'], { cwd, env }), {
    code: 0,
    out: 'shop.yaml: valid, 5 nodes\n',
  });
  t.match(await camd(['validate', '--offline', '--live', 'shop.yaml'], { cwd, env }), { code: 64 });
});

t.test('a comment that cuts a secret short is named, and its text is masked as well', async (t) => {
  const of = (password: string) => `  door:
    use: source/http-poll
    url: http://192.0.2.1/a.jpg
    username: me
    password: ${password}
  latest: { use: cache/latest, from: door }${AROUND}`;
  const cut = /^5:15 password ends before the " #", where a comment begins; if the "#" is part of it, put the whole in/;

  t.match(await said(of('hunter #two')), [/in plain text/, cut]);
  for (const good of ['"hunter #two"', '${env:PW:-x}', '${env:PW:-x} # of the camera', 'hunter#two', '"x" #two']) {
    t.notMatch(await said(of(good)), [cut], good);
  }
  const folder = folderWith(t, { 'a.yaml': `camd: 1\npipeline:\n${of('hunter #two')}\n` });
  const { out, err } = await camd(['validate', 'a.yaml'], { cwd: folder });
  t.match(out + err, /password: \*{6} \*{4}/);
  t.notMatch(out + err, /hunter|two/);
});
