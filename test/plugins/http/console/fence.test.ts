// http/console: every spelling of a change with power over the machine is refused, with its line, and without reading its files.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ApiError } from '../../../../plugins/http/console/api/session.ts';
import type { Applied, Checked, ProfileTexts } from '../../../../plugins/http/console/api.ts';
import { consoleAt, logIn } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Ending, run } from '../../../support/harness.ts';

const PASSWORD = 'correct horse';

const BASE = dedent`
  camd: 1
  include: [base.yaml]
  control: false
  vars: { pause: 10s, key: "\${env:KEY}" }
  templates:
    shot: { use: source/exec, command: [cat, /dev/null], every: 1h }
  pipeline:
    camera: { use: source/test-pattern, name: hall, fps: 5 }
    shell: { like: shot, every: 2h }
    latest: { use: cache/latest, from: camera, stale_after: 10s }
    web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { guest: sesame-open-42 } } } }
    page: { use: http/viewer, on: web, from: latest, title: Hall }
    keep: { use: store/disk, from: latest, path: pictures, latest_as: none, min_free: 0B }
    push: { use: upload/http, from: latest, url: "http://127.0.0.1:9/\${var:key}", every: 1h }
    poll: { use: source/http-poll, url: "http://127.0.0.1:9/x.jpg", username: me, password: "\${var:key}", every: 1h }
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      users:
        anna: { password: ${PASSWORD}, role: edit }
        hall: { password: ${PASSWORD}, role: edit, cameras: [camera] }
`;
const INCLUDED = dedent`
  pipeline:
    gate: { use: http/proxy, on: web, to: "http://127.0.0.1:9", paths: [/x] }
    knot: { use: source/test-pattern, fps: 1 }
`;

async function site(t: Ending, user = 'anna') {
  const camd = await run(t, BASE, { files: { 'base.yaml': INCLUDED }, env: { KEY: 'key-of-the-machine', OTHER: 'x' } });
  const ask = await logIn(await consoleAt(camd), user, PASSWORD);
  const send = async (path: string, edit: (text: string) => string, name: string) => {
    const { revision, files } = (await ask<ProfileTexts>('/api/profile')).json;
    const file = files.find((entry) => entry.name === name);
    const text = edit(file?.text ?? '');
    if (text === file?.text) throw new Error('the edit changes nothing');
    const body = { files: [{ path: file?.path, text }] };
    return ask<Applied & Checked & ApiError>(path, { body, headers: { 'if-match': `"${revision}"` } });
  };
  return {
    camd,
    apply: (edit: (text: string) => string, name = 'profile.yaml') => send('/api/profile/apply', edit, name),
    check: (edit: (text: string) => string, name = 'profile.yaml') => send('/api/profile/check', edit, name),
    texts: () => ['profile.yaml', 'base.yaml'].map((name) => readFileSync(join(camd.folder, name), 'utf8')),
  };
}

const swap = (from: string, to: string) => (text: string) => text.replace(from, () => to);
const add = (node: string) => swap('  shell:', `  ${node}\n  shell:`);

/** Title → the edit, and the file. */
const REFUSED: Readonly<Record<string, readonly [(text: string) => string, string?]>> = {
  'a command of a template': [swap('[cat, /dev/null]', '[cat, /etc/passwd]')],
  'a command beside a template': [swap('{ like: shot, every: 2h }', '{ like: shot, command: [id], every: 2h }')],
  'an option of source/exec other than its command': [swap('every: 2h', 'every: 3h')],
  'a new source/exec': [add('more: { use: source/exec, command: [id], every: 1h }')],
  'a new source/exec by a template': [add('more: { like: shot }')],
  'a plugin that is changed into source/exec': [
    swap('{ use: source/test-pattern, name: hall, fps: 5 }', '{ use: source/exec, command: [id] }'),
  ],
  'source/exec behind an alias': [
    swap(
      'camera: { use: source/test-pattern, name: hall, fps: 5 }',
      'camera: { use: &u source/exec, command: &c [id] }\n  more: { use: *u, command: *c }',
    ),
  ],
  'source/exec as a var': [
    (text) =>
      add('more: { use: "${var:plugin}", command: [id] }')(swap('vars: { ', 'vars: { plugin: source/exec, ')(text)),
  ],
  'a node of another file that becomes source/exec': [
    swap('knot: { use: source/test-pattern, fps: 1 }', 'knot: { use: source/exec, command: [id] }'),
    'base.yaml',
  ],
  'a node over that of an included file': [add('knot: { use: source/exec, command: [id], fps: null }')],
  'a new service': [add('svc: { use: service/systemd, unit: x.service }')],
  plugins: [swap('control: false', 'control: false\nplugins: [./evil.mjs]')],
  'another include': [swap('[base.yaml]', '[base.yaml, /etc/passwd]')],
  'an include by an alias': [
    (text) =>
      swap(
        'include: [base.yaml]\n',
        '',
      )(text)
        .replace('pause: 10s', 'pause: &p 10s')
        .replace('templates:', 'include: [base.yaml, *p]\ntemplates:'),
  ],
  'no include': [swap('include: [base.yaml]\n', '')],
  'an include of an included file': [swap('pipeline:', 'include: more.yaml\npipeline:'), 'base.yaml'],
  'the control socket': [swap('control: false', 'control: /tmp/c.sock')],
  'a secret file': [swap('title: Hall', 'title: "${file:/etc/hostname}"')],
  'a credential': [swap('title: Hall', 'title: "${cred:x}"')],
  'a variable of the environment': [swap('title: Hall', 'title: "${env:OTHER}"')],
  'a known variable in another place': [swap('title: Hall', 'title: "${env:KEY}"')],
  'a known variable in another place, by a var': [swap('title: Hall', 'title: "${var:key}"')],
  'a known variable in another place, by a var of a var': [
    (text) => swap('title: Hall', 'title: "${var:more}"')(swap('vars: { ', 'vars: { more: "${var:key}", ')(text)),
  ],
  'a known variable in the name of a camera': [
    swap('control: false', 'control: false\ncameras: { camera: "${env:KEY}" }'),
  ],
  'a var that becomes a secret of the machine': [swap('pause: 10s', 'pause: "${env:OTHER}"')],
  'another URL for a node with a secret of the machine': [
    swap('http://127.0.0.1:9/x.jpg', 'http://evil.example/x.jpg'),
  ],
  'another host in a URL with a secret of the machine': [swap('http://127.0.0.1:9/$', 'http://evil.example/$')],
  'a listen address': [swap('listen: 127.0.0.1:0, auth', 'listen: ":0", auth')],
  'a new server': [add('open: { use: http/server }')],
  'a new listener': [add('drop: { use: source/tcp, listen: ":0", parse: mjpeg }')],
  'auth that is removed': [(text) => text.replace(/, auth: \{ basic: .* \} \} \}(?= \}$)/m, '')],
  'another path of a server': [swap(', auth: { basic', ', also_under: [/x], auth: { basic')],
  'a public path': [swap('auth: { basic', "auth: { public: ['/*'], basic")],
  'a user of the console': [swap('role: edit }', 'role: operate }')],
  'the console itself': [swap('edit: true', 'edit: false')],
  'a removed node with power over the machine': [swap(/ {2}shell: .*\n/.exec(BASE)?.[0] ?? '', '')],
  'a removed server': [(text) => text.replace(/ {2}web: .*\n/, '').replace(/ {2}page: .*\n/, '  gate: null\n')],
  'a path outside of the state folder': [swap('path: pictures', 'path: /etc')],
  'a new path outside of the state folder': [add('tray: { use: source/directory, path: /etc }')],
  'a path beside the state folder with the same prefix': [
    add('tray: { use: source/directory, path: state-of-others }'),
  ],
  'another target of a proxy': [swap('http://127.0.0.1:9', 'http://127.0.0.1:22'), 'base.yaml'],
  'a certificate that is not checked': [swap('username: me', 'tls: { verify: false }, username: me')],
  'a socket of the machine': [add('sock: { use: source/tcp, connect: "unix:/run/docker.sock", parse: mjpeg }')],
  'a program': [add('cam: { use: source/rtsp, url: "rtsp://127.0.0.1:9/", program: /bin/sh }')],
  'a command of a still source': [add('cam: { use: source/still, command: [sh] }')],
};

t.test('each change with power over the machine is refused with its line, and no byte changes', async (t) => {
  const { apply, check, texts, camd } = await site(t);
  const before = texts();
  const running = camd.daemon.view.nodes().map(({ id, restarts }) => `${id} ${restarts}`);

  for (const [title, [edit, name]] of Object.entries(REFUSED)) {
    const { status, json } = await apply(edit, name);
    const checked = await check(edit, name);
    t.ok(status === 403 && json.code === 'fenced', `${title}: ${status} ${json.code} ${json.message}`);
    t.ok(
      json.fenced?.every(({ message }) => message.endsWith('change this on the machine.')),
      title,
    );
    t.ok(
      json.fenced?.some(({ place }) => (place?.line ?? 0) > 0),
      `${title}: it has a place`,
    );
    t.ok((checked.json.fenced.length ?? 0) > 0, `${title}: the check reports it too`);
  }
  t.strictSame(texts(), before);
  t.strictSame(
    camd.daemon.view.nodes().map(({ id, restarts }) => `${id} ${restarts}`),
    running,
  );
});

t.test('files and code of a candidate are not read', async (t) => {
  const { check, camd } = await site(t);
  const trace = join(camd.folder, 'trace');
  const code = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(trace)}, 'ran'); export default [];`;
  const module = `data:text/javascript,${encodeURIComponent(code)}`;

  const { json } = await check(swap('control: false', `control: false\nplugins: ["${module}"]`));

  t.match(json.fenced, [{ path: 'plugins' }]);
  t.notOk(json.plan);
  t.notOk(existsSync(trace));
});

t.test('nodes and options without power over the machine can be changed, added and removed', async (t) => {
  const { apply, camd } = await site(t);

  for (const edit of [
    swap('fps: 5', 'fps: 2'),
    swap('name: hall', 'name: porch'),
    swap('stale_after: 10s', 'stale_after: "${var:pause}"'),
    add(
      'second: { use: source/http-stream, url: "http://127.0.0.1:9/", username: a, password: abcdefgh, mode: on_demand }',
    ),
    (text: string) => text.replace(/__secret_\w{16}__(, mode)/, 'ijklmnop$1'),
    (text: string) => text.replace(/ {2}second: .*\n/, ''),
    add(`mine: { use: source/directory, path: "${'state'}/tray" }`),
  ]) {
    const { status, json } = await apply(edit);
    t.equal(status, 200, json.message);
  }
  t.equal(camd.daemon.profile?.nodes.get('camera')?.options.name, 'porch');
});

t.test('a user with a camera list cannot change other cameras or settings of the daemon', async (t) => {
  const { apply } = await site(t, 'hall');

  t.equal((await apply(swap('fps: 5', 'fps: 3'))).status, 200);
  t.equal((await apply(swap('fps: 1', 'fps: 2'), 'base.yaml')).status, 403);
  t.equal((await apply(add('other: { use: source/test-pattern }'))).status, 403);
  t.equal((await apply(swap('pause: 10s', 'pause: 11s'))).status, 200);
  t.equal((await apply(swap('control: false', 'control: false\nwatch: true'))).status, 403);
});
