// camd doctor: its findings on this machine for a profile, with real servers, ports, brokers and permissions.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { authority } from '../../support/authority.ts';
import { camd, folderWith, type World } from '../../support/cli.ts';
import { freePort } from '../../support/free-port.ts';
import type { Ending } from '../../support/harness.ts';
import { mosquitto } from '../../support/mosquitto.ts';
import { readableCopy } from '../../support/readable-copy.ts';

interface Seen {
  readonly is: string;
  readonly subject: string;
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

const ENV = { PATH: process.env.PATH };

/** The checks of `camd doctor --format json`, its exit code and its complete output. */
async function doctor(t: Ending, pipeline: string, world: World = {}) {
  const folder = folderWith(t, { 'p.yaml': `camd: 1\npipeline:\n${pipeline}` });
  const { code, out, err } = await camd(['doctor', '--format', 'json', 'p.yaml'], { cwd: folder, env: ENV, ...world });
  const { checks }: { checks: Seen[] } = JSON.parse(out);
  return {
    folder,
    code,
    text: out + err,
    checks,
    of: (subject: string) => checks.filter((check) => check.subject === subject),
  };
}

async function site(t: Ending, answer: (request: IncomingMessage) => [number, Record<string, string>]) {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(...answer(request)).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return { seen, port: (server.address() as AddressInfo).port };
}

const WEB = (port: number) => `  web: { use: http/server, listen: "127.0.0.1:${port}" }\n`;

t.test('a used port is reported with its process and a free port; exit code 71, and 0 once it is free', async (t) => {
  const holder = createTcp().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;

  const taken = await doctor(t, WEB(port));
  holder.close();
  await once(holder, 'close');
  const free = await doctor(t, WEB(port));

  t.equal(taken.code, 71);
  const [found] = taken.of('web');
  t.match(found, { is: 'wrong', code: 'port-taken', fix: `kill ${process.pid}` });
  t.match(
    found?.message,
    new RegExp(`127\\.0\\.0\\.1:${port} is taken by .* \\(process ${process.pid}.*\\)\\. Port \\d+ is free\\.`),
  );
  t.equal(free.code, 0);
  t.match(free.of('web'), [{ is: 'fine', message: `127.0.0.1:${port} is free.` }]);
});

t.test('a camera that requests credentials receives them, and no other server does', async (t) => {
  const other = await site(t, () => [401, { 'www-authenticate': 'Basic realm="other"' }]);
  const camera = await site(t, ({ url, headers }) => {
    if (url === '/moved') return [302, { location: `http://127.0.0.1:${other.port}/x.jpg` }];
    if (headers.authorization === undefined) return [401, { 'www-authenticate': 'Basic realm="camera"' }];
    const right = headers.authorization === `Basic ${Buffer.from('me:geheim-42').toString('base64')}`;
    return right ? [200, { 'content-type': 'image/jpeg' }] : [401, { 'www-authenticate': 'Basic realm="camera"' }];
  });
  const poll = (path: string, password: string) =>
    `{ use: source/http-poll, url: "http://127.0.0.1:${camera.port}${path}", username: me, password: ${password}, every: 5s }`;

  const { code, text, of } = await doctor(
    t,
    `  good: ${poll('/a.jpg', 'geheim-42')}\n  bad: ${poll('/a.jpg', 'geheim-43')}\n  moved: ${poll('/moved', 'geheim-42')}\n`,
  );

  t.equal(code, 71);
  t.match(of('good'), [{ is: 'fine', code: 'reachable' }]);
  t.match(of('bad'), [{ is: 'wrong', code: 'credentials-refused', fix: /^curl / }]);
  t.match(of('moved'), [{ is: 'warning', code: 'redirected' }]);
  t.same(other.seen, []);
  t.notMatch(text, /geheim/);
});

t.test('a camera that calls every nonce stale receives three requests', async (t) => {
  let nonces = 0;
  const camera = await site(t, () => [
    401,
    { 'www-authenticate': `Digest realm="camera", qop="auth", stale=true, nonce="${++nonces}"` },
  ]);

  const { code, of } = await doctor(
    t,
    `  cam: { use: source/http-poll, url: "http://127.0.0.1:${camera.port}/a.jpg", username: me, password: geheim-42, every: 5s }
`,
  );

  t.equal(code, 71);
  t.match(of('cam'), [{ is: 'wrong', code: 'credentials-refused' }]);
  t.equal(camera.seen.length, 3);
});

t.test('an upload server receives only a HEAD of its root, and output masks secrets in a URL', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'none'}`);
    response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;

  const { text, of } = await doctor(
    t,
    `  cam: { use: source/test-pattern }
  there: { use: upload/http, from: cam, url: "http://u:pw-12345@127.0.0.1:${port}/hook/0123456789abcdef", every: 10s }
  away: { use: upload/http, from: cam, url: "http://u:pw-12345@127.0.0.1:${await freePort()}/hook/0123456789abcdef", every: 10s }
`,
  );

  t.same(seen, ['HEAD / none']);
  t.match(of('there'), [{ is: 'fine' }]);
  t.match(of('away'), [
    { is: 'wrong', code: 'unreachable', message: /nothing is listening there/, fix: /^sudo ss -ltnp/ },
  ]);
  t.notMatch(text, /pw-12345|0123456789abcdef/);
});

t.test('a missing program is reported with its package; an invalid profile exits with 78', async (t) => {
  const pipeline = '  cam: { use: source/exec, command: [rpicam-vid, -o, "-"], parse: mjpeg }\n';

  const missing = await doctor(t, pipeline, { env: { PATH: '/nonexistent' } });
  const invalid = await doctor(t, '  cam: { use: source/exec, comand: [x] }\n');

  t.equal(missing.code, 71);
  t.match(
    missing.checks.find(({ code }) => code === 'not-here'),
    {
      is: 'wrong',
      message: /no program "rpicam-vid"/,
      fix: 'sudo apt install rpicam-apps-lite',
      place: /^p\.yaml:3:/,
    },
  );
  t.equal(invalid.code, 78);
  t.match(invalid.of('profile')[0], { is: 'wrong', code: 'unknown-option' });
});

t.test('mosquitto accepts the right password, refuses a wrong one, and a running client stays connected', async (t) => {
  const broker = await mosquitto(t, {
    lines: ['allow_anonymous false', 'password_file FOLDER/passwords'],
    // mosquitto_passwd -b passwords cam right-12
    files: { passwords: await passwordFile(t, 'cam', 'right-12') },
  });
  const client = (password: string) =>
    `{ use: mqtt/client, url: "${broker.url}", username: cam, password: ${password}, client_id: cam-1 }`;
  const other = (await import('mqtt')).default.connect(broker.url, {
    username: 'cam',
    password: 'right-12',
    clientId: 'cam-1',
  });
  await new Promise<void>((resolve) => other.once('connect', () => resolve()));
  t.teardown(() => other.end(true));
  let closed = 0;
  other.on('close', () => closed++);

  const { text, of } = await doctor(
    t,
    `  good: ${client('right-12')}\n  bad: ${client('wrong-12').replace('cam-1', 'cam-2')}\n`,
  );

  t.match(of('good'), [{ is: 'fine', code: 'reachable' }]);
  t.match(of('bad'), [{ is: 'wrong', code: 'credentials-refused', fix: /^mosquitto_sub .* -P PASSWORD/ }]);
  t.equal(closed, 0);
  t.notMatch(text, /right-12|wrong-12/);
});

t.test('the check for a table in a file does not create the file', async (t) => {
  const { folder, of } = await doctor(
    t,
    '  known: { use: registry/sql, url: "sqlite:known.db", table: camera, column: id }\n',
  );

  t.notOk(existsSync(join(folder, 'known.db')));
  t.ok(of('known').every(({ is }) => is === 'fine'));
  t.match(of('known'), [{ message: /kysely/ }, { message: /libsql/ }, { message: /is writable/ }]);
});

t.test('a certificate without a matching key, and one that expires soon, are reported', async (t) => {
  const { cert, key } = authority(t);
  const pair = authority(t);
  const folder = folderWith(t, {
    'p.yaml': `camd: 1
pipeline:
  soon: { use: http/server, listen: "127.0.0.1:${await freePort()}", tls: { cert: a.pem, key: a.key } }
  other: { use: http/server, listen: "127.0.0.1:${await freePort()}", tls: { cert: a.pem, key: b.key } }
`,
    'a.pem': cert.toString(),
    'a.key': key.toString(),
    'b.key': pair.key.toString(),
  });

  const { out } = await camd(['doctor', '--quiet', 'p.yaml'], { cwd: folder, env: ENV });

  t.match(out, /^warning +soon +tls\.cert: The certificate .*a\.pem expires in \d+ days?\.$/m);
  t.match(out, /^wrong +other +tls: .*a\.pem and .*b\.key do not match/m);
  t.match(out, /^ +\$ openssl x509 -noout -subject -dates -in /m);
});

t.test('a folder without write permission is reported with the command that grants it', async (t) => {
  const folder = folderWith(t, {
    'p.yaml':
      'camd: 1\npipeline:\n  cam: { use: source/test-pattern }\n  disk: { use: store/disk, from: cam, path: kept }\n',
  });
  mkdirSync(join(folder, 'kept'));
  chmodSync(join(folder, 'kept'), 0o555);
  chmodSync(folder, 0o755);

  const out = await asNobody(readableCopy(t), ['doctor', '--quiet', join(folder, 'p.yaml')]);

  t.match(out, /^wrong +disk +path: The user \w+ may not write to .*kept: permission was denied\.$/m);
  t.match(out, /^ +\$ sudo chown \w+ .*\/kept$/m);
  t.notMatch(out, /This is root/);
});

t.test('without a profile it checks only the machine; text output starts with the worst finding', async (t) => {
  const alone = await camd(['doctor'], { env: ENV });
  const folder = folderWith(t, {
    'p.yaml': 'camd: 1\npipeline:\n  cam: { use: source/exec, command: [/no/such], parse: mjpeg }\n',
  });
  const text = await camd(['doctor', 'p.yaml'], { cwd: folder, env: ENV });

  t.equal(alone.code, 0);
  t.match(alone.out, /^camd \S+, user \w+\n\n/);
  t.match(alone.out, /^ok +machine +A process may have/m);
  t.match(text.out, /^camd \S+, user \w+, profile p\.yaml\n\nwrong +profile +p\.yaml:3:\d+: command\[0\]: /);
  t.match(text.out, /\n\n1 wrong, \d+ warnings?, \d+ ok\n$/);
  t.match(await camd(['doctor', 'a', '-c', 'b']), { code: 64, err: /name only one profile/ });
});

async function passwordFile(t: Ending, user: string, password: string): Promise<string> {
  const folder = folderWith(t, { passwords: '' });
  const file = join(folder, 'passwords');
  await run('mosquitto_passwd', ['-b', '-c', file, user, password]);
  return (await import('node:fs')).readFileSync(file, 'utf8');
}

/** The built program as a user without rights; the current user if the tests do not run as root. */
function asNobody(program: string, argv: readonly string[]): Promise<string> {
  const camdArgv = [process.execPath, program, ...argv];
  const drop = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : [];
  const [command = '', ...rest] = [...drop, ...camdArgv];
  return run(command, rest);
}

/** Its output, with any exit code. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { PATH: process.env.PATH }, timeout: 60_000 }, (_error, out, err) =>
      resolve(out + err),
    );
  });
}
