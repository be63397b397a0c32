// http/console: logins, their origins, and the lifetime of sessions.

import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Session } from '../../../../plugins/http/console/api.ts';
import { checkConsole } from '../../../../plugins/http/console/check.ts';
import { createGate } from '../../../../plugins/http/console/gate.ts';
import { createSessions, IDLE_MS, LONGEST_MS, MAX_SESSIONS } from '../../../../plugins/http/console/sessions.ts';
import { peopleOf } from '../../../../plugins/kit/http/people.ts';
import type { HttpConsoleOptions } from '../../../../schemas/http/console.ts';
import { consoleAt, logIn, requestConsole } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';

const PASSWORD = 'correct horse';

const profile = (password = PASSWORD): string => dedent`
  camd: 1
  control: false
  pipeline:
    camera: { use: source/test-pattern }
    console:
      use: http/console
      listen: 127.0.0.1:0
      edit: true
      users:
        anna: { password: ${password}, role: edit }
        door: { password: battery staple, cameras: [camera] }
`;

t.test('a client has no user before the login', async (t) => {
  const origin = await consoleAt(await run(t, profile()));

  const { status, json } = await requestConsole<Session>(origin, '/api/session');

  t.equal(status, 200);
  t.match(json, { hasUsers: true, edit: true, title: 'camd' });
  t.notOk('role' in json);
});

t.test('a login returns a strict cookie, the role and the cameras', async (t) => {
  const origin = await consoleAt(await run(t, profile()));

  const login = await requestConsole<Session>(origin, '/api/session', {
    body: { user: 'door', password: 'battery staple' },
  });
  const cookie = String(login.headers['set-cookie']);

  t.match(login.json, { user: 'door', role: 'look', cameras: ['camera'] });
  t.match(cookie, /HttpOnly; SameSite=Strict/);
  t.match((await (await logIn(origin, 'anna', PASSWORD))<Session>('/api/session')).json, {
    user: 'anna',
    role: 'edit',
  });
});

t.test('without "edit" in the profile no user reads or changes it', async (t) => {
  const origin = await consoleAt(await run(t, profile().replace('edit: true', 'edit: false')));
  const anna = await logIn(origin, 'anna', PASSWORD);

  t.match((await anna<Session>('/api/session')).json, { role: 'operate', edit: false });
  t.equal((await anna('/api/profile')).status, 403);
  t.equal((await anna('/api/profile/apply', { body: { files: [] } })).status, 403);
});

t.test('a wrong password, an unknown user and an empty password are refused alike, and logged', async (t) => {
  const camd = await run(t, profile());
  const origin = await consoleAt(camd);

  const answers = [];
  for (const body of [
    { user: 'anna', password: 'wrong horse' },
    { user: 'nobody', password: PASSWORD },
    { user: 'anna', password: '' },
  ]) {
    answers.push(await requestConsole(origin, '/api/session', { body }));
  }

  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([401]));
  t.equal(new Set(answers.map(({ text }) => text)).size, 1);
  t.ok(camd.lines.some(({ msg }) => msg === 'console: a login was refused'));
});

t.test('a session ends at a logout and with a changed password, and survives other reloads', async (t) => {
  const camd = await run(t, profile());
  const origin = await consoleAt(camd);
  const anna = await logIn(origin, 'anna', PASSWORD);
  const second = await logIn(origin, 'anna', PASSWORD);
  const door = await logIn(origin, 'door', 'battery staple');
  const userOf = async (who: typeof anna): Promise<string | undefined> =>
    (await who<Session>('/api/session')).json.user;

  await anna('/api/session', { method: 'DELETE' });
  t.equal(await userOf(anna), undefined);
  t.equal(await userOf(second), 'anna');

  await camd.reload(profile('another horse'));
  const moved = await consoleAt(camd);
  t.equal((await requestConsole<Session>(moved, '/api/session')).status, 200);
  const after = async (who: typeof anna) => (await who<Session>('/api/session')).json.user;
  t.equal(await after(second), undefined);
  t.equal(await after(door), 'door');
});

t.test('pages of other sites, strange host names and forms are refused', async (t) => {
  const origin = await consoleAt(await run(t, profile()));
  const login = { user: 'anna', password: PASSWORD };
  const status = async (
    headers: Record<string, string>,
    path = '/api/session',
    body: unknown = login,
  ): Promise<number> => (await requestConsole(origin, path, { body, headers })).status;

  t.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403);
  t.equal(await status({ 'sec-fetch-site': 'same-site' }), 403);
  t.equal(await status({ origin: 'https://evil.example' }), 403);
  t.equal(await status({ origin: 'null' }), 403);
  t.equal(await status({ host: 'rebound.example' }), 421);
  t.equal(await status({ host: 'rebound.example', origin: 'http://rebound.example' }), 421);
  t.equal(await status({ 'content-type': 'text/plain' }), 415);
  t.equal(await status({ 'content-type': 'application/x-www-form-urlencoded' }), 415);
  t.equal(await status({ origin, 'sec-fetch-site': 'same-origin' }), 200);
  t.equal((await requestConsole(origin, '/api/session', { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
});

t.test('a unix socket lets its owner edit without a password, a loopback address only view', async (t) => {
  const open = (listen: string, edit: boolean): string => dedent`
    camd: 1
    control: false
    pipeline:
      camera: { use: source/test-pattern }
      console: { use: http/console, listen: "${listen}", edit: ${edit} }
  `;
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const socket = await consoleAt(await run(t, open(`unix:${join(folder, 'c.sock')}`, true)));
  const loopback = await consoleAt(await run(t, open('127.0.0.1:0', false)));

  t.equal((await requestConsole<Session>(socket, '/api/session')).json.role, 'edit');
  t.equal((await requestConsole<Session>(loopback, '/api/session')).json.role, 'look');
});

t.test('validation reports an open address without users or encryption, and editing without users', (t) => {
  const options = (more: Partial<HttpConsoleOptions>): HttpConsoleOptions => ({
    listen: '127.0.0.1:8090',
    edit: false,
    trusted_proxies: [],
    title: 'camd',
    ...more,
  });
  const users = { anna: { password: PASSWORD, role: 'edit' as const } };
  const count = (more: Partial<HttpConsoleOptions>): number => checkConsole(options(more)).length;

  t.equal(count({}), 0);
  t.equal(count({ edit: true }), 1);
  t.equal(count({ edit: true, users }), 0);
  t.equal(count({ edit: true, listen: 'unix:/run/c.sock' }), 0);
  t.equal(count({ listen: ':8090' }), 2);
  t.equal(count({ listen: ':8090', users }), 1);
  t.equal(count({ listen: ':8090', users, tls: { cert: 'a', key: 'b' } }), 0);
  t.equal(count({ listen: '10.0.0.1:8090', users, trusted_proxies: ['10.0.0.2'] }), 0);
  t.end();
});

t.test('only a named proxy may connect, and its headers contain the address of the browser', (t) => {
  const gate = createGate({
    listen: ':8090',
    edit: false,
    trusted_proxies: ['10.0.0.2', '10.0.0.3'],
    hosts: ['camd.example'],
    title: 'camd',
    users: { anna: { password: PASSWORD, role: 'look' } },
  });
  const through = (address: string, headers: Record<string, string>) => gate({ address, headers, isPage: false });
  const headers = {
    host: '10.0.0.1:8090',
    'x-forwarded-host': 'camd.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '6.6.6.6, 192.0.2.9',
    origin: 'https://camd.example',
  };

  t.match(through('10.0.0.9', { host: 'camd.example' }), { ok: false, status: 403 });
  t.match(through('10.0.0.2', headers), { ok: true, client: { address: '192.0.2.9', secure: true } });
  t.match(
    through('10.0.0.2', { ...headers, 'x-forwarded-for': '6.6.6.6, 192.0.2.9, 10.0.0.3' }),
    { ok: true, client: { address: '192.0.2.9' } },
    'a proxy behind a proxy is not a browser',
  );
  t.match(through('10.0.0.2', { ...headers, 'x-forwarded-host': 'evil.example' }), { ok: false, status: 421 });
  t.match(through('10.0.0.2', { ...headers, origin: 'http://camd.example' }), { ok: false, status: 403 });
  t.end();
});

t.test('sessions end when they are idle or old, the oldest ends at the limit, and guesses are delayed', (t) => {
  let now = 0;
  const users = peopleOf({ anna: { password: PASSWORD, role: 'edit' } });
  const sessions = createSessions(() => now);
  const login = (): { cookie: string } => {
    const result = sessions.login(users, 'anna', PASSWORD, '127.0.0.1', false);
    if (!result.ok) throw new Error('refused');
    return { cookie: result.cookie.split(';')[0] ?? '' };
  };

  const idle = login();
  now += IDLE_MS + 1;
  t.equal(sessions.userOf(users, idle), undefined);

  const old = login();
  for (const end = now + LONGEST_MS; now <= end; now += IDLE_MS / 2) sessions.userOf(users, old);
  t.equal(sessions.userOf(users, old), undefined);

  const first = login();
  for (let count = 0; count < MAX_SESSIONS; count++) login();
  t.equal(sessions.userOf(users, first), undefined);

  const late = Array.from({ length: 6 }, () => sessions.login(users, 'anna', 'guess guess', '10.0.0.1', false)).map(
    (result) => (result.ok ? -1 : result.late),
  );
  t.strictSame(late, [0, 0, 100, 200, 400, 800]);
  const more = Array.from({ length: 4 }, () => sessions.login(users, 'anna', 'guess guess', '10.0.0.1', false));
  t.match(more.at(-1), { ok: false, late: undefined });
  t.end();
});

t.test('a handshake without a session gets 401', async (t) => {
  const origin = await consoleAt(await run(t, profile()));
  const upgrade = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };

  const status = await new Promise<number | undefined>((resolve, reject) => {
    httpRequest(new URL('/api/live', origin), { headers: upgrade, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

  t.equal(status, 401);
});
