// http/console: its limits, each reached, and HTTPS over a real connection.

import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ReloadEvent } from '../../../../core/contract/kernel.ts';
import type { PluginSchema } from '../../../../core/contract/schema.ts';
import type { Session } from '../../../../plugins/http/console/api.ts';
import { MAX_CHANGE, openChanges } from '../../../../plugins/http/console/changes.ts';
import { complete, MAX_ITEMS } from '../../../../plugins/http/console/complete/complete.ts';
import { MAX_CONNECTIONS } from '../../../../plugins/http/console/listener.ts';
import { MAX_OPTIONS as MAX_DRAFT, machineRoutes } from '../../../../plugins/http/console/machine-routes.ts';
import { MAX_OPTIONS, optionLines } from '../../../../plugins/kit/editing/option-lines.ts';
import { createTrier, MAX_TRIES } from '../../../../plugins/kit/editing/try-node.ts';
import { authority } from '../../../support/authority.ts';
import { builtinCatalog } from '../../../support/catalog.ts';
import { consoleAt, requestConsole } from '../../../support/console.ts';
import { dedent } from '../../../support/dedent.ts';
import { run } from '../../../support/harness.ts';
import { readText } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

const PASSWORD = 'correct horse';
const profile = (options: string): string => dedent`
  camd: 1
  control: false
  pipeline:
    hall: { use: source/test-pattern, fps: 5 }
    console: { use: http/console, ${options} }
`;
const USERS = `users: { anna: { password: ${PASSWORD}, role: edit } }`;

async function started(t: Test, yaml: string): Promise<string> {
  const camd = await run(t, yaml);
  await until(() => camd.lines.some(({ msg }) => msg === 'serving the console'), 'the console to be served');
  return await consoleAt(camd);
}

t.test(`connections beyond ${MAX_CONNECTIONS} are closed, and a closed connection frees its place`, async (t) => {
  const origin = new URL(await started(t, profile('listen: 127.0.0.1:0')));
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(origin.port), origin.hostname);
    t.teardown(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, open));

  const further = await open();
  await once(further.resume(), 'close');
  t.ok(sockets.every(({ destroyed }) => !destroyed));

  sockets[0]?.destroy();
  await until(
    () =>
      requestConsole(origin.origin, '/api/session').then(
        ({ status }) => status === 200,
        () => false,
      ),
    'a free place',
  );
});

t.test('a change that is too large is stored without its texts', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'changes-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const changes = await openChanges(folder);
  const event: ReloadEvent = { at: 1, took: 1, ok: true, by: 'x', summary: 's', problems: [], texts: new Map() };
  const add = (text: string) => changes.add(event, new Map([['p.yaml', '']]), new Map([['p.yaml', text]]));

  t.match(await add('small'), { before: { 'p.yaml': '' }, after: { 'p.yaml': 'small' } });
  const large = await add('x'.repeat(MAX_CHANGE));
  t.match(large, { by: 'x', after: undefined, before: undefined });
  t.ok(readdirSync(folder).every((name) => statSync(join(folder, name)).size < MAX_CHANGE));
});

t.test(`at most ${MAX_TRIES} cameras are tried at once, with options of at most ${MAX_DRAFT} bytes`, async (t) => {
  const held: (() => void)[] = [];
  const attempt = createTrier({
    clock: { sleep: () => Promise.resolve(), monotonic: () => 0, now: () => 0 } as never,
    preview: () => new Promise((_resolve, reject) => held.push(() => reject(new Error('it was let go')))),
    runner: () => t.fail('nothing is started') as never,
    stateFolder: '/tmp',
  });
  const how = { signal: new AbortController().signal, frames: 1, firstMs: 1, moreMs: 1 };
  const all = Array.from({ length: MAX_TRIES + 1 }, () => attempt({}, how));

  t.match(await all.at(-1), { why: /^Too many cameras/ });
  for (const go of held) go();
  t.match(
    await Promise.all(all.slice(0, -1)),
    Array.from({ length: MAX_TRIES }, () => ({ why: /let go/ })),
  );
  const again = attempt({}, how);
  held.at(-1)?.();
  t.match(await again, { why: /let go/ }, 'the finished ones free their places');

  const route = machineRoutes({
    kernel: { try: () => ({ frames: [], fenced: [], problems: [] }) } as never,
    log: { info() {} } as never,
    daemon: {} as never,
    signal: how.signal,
  }).find(({ path }) => path === '/api/cameras/try');
  const asking = async (length: number): Promise<unknown> =>
    route?.handle({
      person: { user: 'anna', role: 'edit', cameras: undefined, by: 'anna' },
      body: async () => ({ id: 'door', use: 'source/http', options: { url: 'x'.repeat(length) } }),
    } as never);
  await t.rejects(asking(MAX_DRAFT), { message: /must be a map of options/ });
  t.match(await asking(MAX_DRAFT / 2), { why: 'No picture came.' });
});

t.test(`only the first ${MAX_OPTIONS} options of a node are shown`, async (t) => {
  const users = Array.from({ length: MAX_OPTIONS * 0.6 }, (_, n) => `u${n}: { password: ${PASSWORD} }`).join(', ');
  const reading = await readText(profile(`users: { ${users} }`), { catalog: builtinCatalog() });

  t.equal(optionLines(reading, 'console')?.length, MAX_OPTIONS);
});

t.test(`a completion has at most ${MAX_ITEMS} items`, (t) => {
  const uses = Array.from({ length: MAX_ITEMS + 50 }, (_, n) => `source/kind-${n}`);
  const text = 'camd: 1\npipeline:\n  x:\n    use: ';

  const schema = (title: string): PluginSchema => ({ title, summary: title, description: title });
  const { items } = complete(text, text.length, { uses, schema, profile: {}, nodes: [] });
  t.equal(items.length, MAX_ITEMS);
  t.end();
});

t.test('with tls the console is served over HTTPS only, and its cookie is for HTTPS', async (t) => {
  const { ca, cert, key } = authority(t);
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, data] of Object.entries({ cert, key })) writeFileSync(join(folder, name), data);
  const tls = `tls: { cert: ${join(folder, 'cert')}, key: ${join(folder, 'key')} }`;
  const origin = (await started(t, profile(`listen: 0.0.0.0:0, ${tls}, ${USERS}`))).replace('0.0.0.0', 'localhost');
  const body = JSON.stringify({ user: 'anna', password: PASSWORD });
  const ask = async (trusted: boolean) => {
    const sent = httpsRequest(new URL('/api/session', origin), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      agent: false,
      ...(trusted ? { ca: readFileSync(ca) } : {}),
    });
    const answered = once(sent, 'response');
    sent.end(body);
    const [response] = (await answered) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    return { status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() };
  };

  t.match(origin, /^https:/);
  const { status, headers, text } = await ask(true);
  t.equal(status, 200, text);
  t.match(JSON.parse(text) as Session, { user: 'anna' });
  t.match(String(headers['set-cookie']), /SameSite=Strict; Secure/);
  await t.rejects(ask(false), 'a certificate of an unknown authority is rejected');
  await t.rejects(requestConsole(origin.replace('https', 'http'), '/api/session'), 'no response without TLS');
});
