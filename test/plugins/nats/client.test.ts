// nats/client against a real nats-server: messages, requests, reconnects, credentials, and servers that fail, return or never answer.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createUser } from '@nats-io/nkeys';
import t from 'tap';
import { openBuckets, openJetStream } from '../../../plugins/kit/nats/jetstream.ts';
import { findings } from '../../../plugins/nats/client/options.ts';
import { createUnsent, MAX_UNSENT } from '../../../plugins/nats/client/unsent.ts';
import { authority } from '../../support/authority.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { natsOperator } from '../../support/nats-credentials.ts';
import { type NatsServer, natsCluster, natsServer } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

const profile = (servers: string | readonly string[], ...options: string[]) => dedent`
  camd: 1
  pipeline:
    nats:
      use: nats/client
      servers: ${JSON.stringify(servers)}
      reconnect_within: 200ms
      reconnect_jitter: 50ms
      ${options.join('\n      ')}
`;

async function connected(t: Ending, servers: string | readonly string[], ...options: string[]) {
  const camd = await run(t, profile(servers, ...options));
  await camd.state('nats', 'running');
  return { camd, nats: camd.port('nats', 'nats') };
}

const forever = new AbortController().signal;
const limits = { signal: forever, timeoutMs: 20_000 };

t.test('messages, wildcards, queues and answers', async (t) => {
  const server = await natsServer(t);
  const sender = await connected(t, server.url);
  const receiver = await connected(t, server.url);
  const seen: string[] = [];
  const taken: string[] = [];
  const release = receiver.nats.subscribe('a.*.c', ({ subject, payload }) => void seen.push(`${subject} ${payload}`));
  for (const member of ['x', 'y']) receiver.nats.subscribe('job', () => void taken.push(member), { queue: 'workers' });
  receiver.nats.subscribe('double', (message) => message.respond(Buffer.from(`${message.payload}${message.payload}`)));
  await receiver.nats.flush();

  sender.nats.publish('a.b.c', 'first');
  for (let count = 0; count < 5; count++) sender.nats.publish('job', 'work');
  await sender.nats.flush();
  await until(() => seen.length === 1 && taken.length === 5, 'the messages');
  const answer = await sender.nats.request('double', 'ab', limits);
  release();
  sender.nats.publish('a.b.c', 'second');
  await sender.nats.request('double', '', limits);

  t.same(seen, ['a.b.c first']);
  t.equal(answer.payload.toString(), 'abab');
  t.equal(taken.length, 5, 'each job was delivered to one member of the queue');
});

t.test(
  'a request without subscribers fails at once, one without an answer after the timeout, and an abort ends the wait',
  async (t) => {
    const server = await natsServer(t);
    const { camd, nats } = await connected(t, server.url);
    nats.subscribe('silent', () => {});
    await nats.flush();
    const stop = new AbortController();

    await t.rejects(nats.request('nobody', '', limits), { code: 'nats-no-responders' });
    await t.rejects(nats.request('silent', '', { ...limits, timeoutMs: 50 }), { code: 'nats-timeout' });
    const aborted = nats.request('silent', '', { ...limits, signal: stop.signal });
    stop.abort(new Error('enough'));
    await t.rejects(aborted, /enough/);

    t.equal(camd.status('nats').metrics.open_requests, 0, 'no inbox remains');
  },
);

t.test('a server absent at start, killed and restarted: degraded, then running, with all subscriptions', async (t) => {
  const server = await natsServer(t, { started: false });
  const camd = await run(t, profile(server.url));
  const nats = camd.port('nats', 'nats');
  const seen: string[] = [];
  const states: boolean[] = [];
  nats.subscribe('a.>', ({ payload }) => void seen.push(payload.toString()));
  nats.onConnection((up) => void states.push(up));

  await until(
    () => camd.lines.some(({ why }) => / is unreachable: nothing is listening there/.test(String(why))),
    'a failure',
  );
  t.throws(() => nats.publish('a.b', 'c'), { code: 'nats-away' });
  for (let round = 0; round < 3; round++) {
    await server.start();
    await camd.state('nats', 'running');
    nats.publish('a.b', `round ${round}`);
    await until(() => seen.includes(`round ${round}`), 'the message of this round');
    nats.subscribe('silent', () => {});
    const open = nats.request('silent', '', limits);
    open.catch(() => {});
    await server.kill();
    await t.rejects(open, { code: 'nats-away' }, 'an open request does not wait for its timeout');
    await camd.state('nats', 'degraded');
  }

  t.same(seen, ['round 0', 'round 1', 'round 2']);
  t.same(states, [false, true, false, true, false, true, false]);
  t.equal(camd.status('nats').restarts, 0);
});

t.test(
  'a connection to a server that never answers is dropped, and succeeds when the server works again',
  async (t) => {
    const server = await natsServer(t, { started: false });
    const sockets = new Set<Socket>();
    const sink = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await once(sink.listen(server.port, '127.0.0.1'), 'listening');
    const camd = await run(t, profile(server.url, 'connect_timeout: 200ms'));

    await until(() => sockets.size >= 2, 'a second try');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => sink.close(resolve));
    await server.start();
    await camd.state('nats', 'running');

    t.equal(camd.status('nats').restarts, 0);
  },
);

t.test('in a cluster, a client continues at another server when its own is killed', async (t) => {
  const servers = await natsCluster(t, 3);
  const urls = servers.map(({ url }) => url);
  const { camd, nats } = await connected(t, urls);
  const at = () => String(camd.lines.findLast(({ msg }) => msg === 'connected to NATS')?.server);
  const own = servers.find(({ port }) => at().endsWith(`:${port}`));

  await own?.kill();
  await until(() => own !== undefined && !at().endsWith(`:${own.port}`) && nats.connected, 'another server');

  t.equal(camd.status('nats').metrics.connects_total, 2);
});

const accepts = async (t: Ending, server: NatsServer, ...options: string[]) => {
  const { nats } = await connected(t, server.url, ...options);
  await nats.flush();
};
const refuses = async (t: Ending, server: NatsServer, ...options: string[]) => {
  const camd = await run(t, profile(server.url, ...options));
  await until(
    () => camd.lines.some(({ why }) => /unreachable: .*authorization violation/i.test(String(why))),
    'a refusal',
  );
};

t.test('token, user and password, nkey: the right one is accepted, a wrong one is refused', async (t) => {
  const nkey = createUser();
  const seed = Buffer.from(nkey.getSeed()).toString();
  const byToken = await natsServer(t, { config: 'authorization { token: "s3cret" }' });
  const byUser = await natsServer(t, { config: 'authorization { user: "shop", password: "p4ss" }' });
  const byKey = await natsServer(t, { config: `authorization { users: [ { nkey: "${nkey.getPublicKey()}" } ] }` });

  await accepts(t, byToken, 'token: s3cret');
  await accepts(t, byUser, 'user: shop', 'password: p4ss');
  await accepts(t, byKey, `nkey: ${seed}`);
  await refuses(t, byToken, 'token: wrong');
  await refuses(t, byUser, 'user: shop', 'password: wrong');
  await refuses(t, byKey, `nkey: ${Buffer.from(createUser().getSeed()).toString()}`);
});

t.test(
  'a credentials file is read for each connection, and subjects outside its permissions are refused',
  async (t) => {
    const operator = natsOperator();
    const server = await natsServer(t, { config: operator.config });
    const file = join(t.testdir({}), 'shop.creds');
    const strange = natsOperator().credentials('stranger', ['>']);
    const own = operator.credentials('shop', ['shop.>', '_INBOX.>']);
    writeFileSync(file, strange);
    const camd = await run(t, profile(server.url, `credentials: '${file}'`));
    await until(
      () => camd.lines.some(({ why }) => /unreachable: .*authorization violation/i.test(String(why))),
      'a refusal of the credentials of another operator',
    );
    writeFileSync(file, own);
    await camd.state('nats', 'running');
    const nats = camd.port('nats', 'nats');
    nats.subscribe('shop.door', ({ respond }) => respond('ding'));
    await nats.flush();

    const answer = await nats.request('shop.door', '', limits);
    nats.subscribe('bank.door', () => {});
    const { state } = await camd.state('nats', 'degraded');

    t.equal(answer.payload.toString(), 'ding');
    t.match(JSON.stringify(state), /does not allow this client to use the subject .*bank\.door/);
    const seeds = [strange, own].map((text) => /^SU[A-Z2-7]{56}$/m.exec(text)?.[0] ?? '');
    const log = JSON.stringify(camd.lines);
    t.same(
      seeds.map((seed) => [seed.length, log.includes(seed)]),
      [
        [58, false],
        [58, false],
      ],
      'no seed is in the log',
    );
  },
);

t.test('TLS with a private authority, and a client certificate', async (t) => {
  const { ca, cert, key } = authority(t);
  const folder = ca.slice(0, ca.lastIndexOf('/'));
  const tls = 'cert_file: "FOLDER/cert.pem", key_file: "FOLDER/key.pem"';
  const files = { 'cert.pem': cert, 'key.pem': key };
  const plain = await natsServer(t, { config: `tls { ${tls} }`, files });
  const mutual = await natsServer(t, { config: `tls { ${tls}, ca_file: "${ca}", verify: true }`, files });
  const secure = (url: string) => url.replace('nats:', 'tls:').replace('127.0.0.1', 'localhost');

  await connected(t, secure(plain.url), `ca: ${ca}`);
  await connected(t, secure(mutual.url), `ca: ${ca}`, `certificate: ${folder}/cert.pem`, `key: ${folder}/key.pem`);
  await connected(t, plain.url, 'verify: false');
  const stranger = await run(t, profile(secure(plain.url)));
  await until(
    () => stranger.lines.some(({ why }) => /unreachable: .*(certificate|issuer)/i.test(String(why))),
    'a refusal',
  );
});

t.test('JetStream and key-value buckets are available through the port', async (t) => {
  const server = await natsServer(t, { config: 'jetstream { store_dir: "FOLDER/js" }' });
  const { nats } = await connected(t, server.url);
  const { client, manager } = await openJetStream(nats, 'the test needs');
  await manager.streams.add({ name: 'pictures', subjects: ['p.>'] });

  const { seq } = await client.publish('p.one', 'hello');
  const bucket = await (await openBuckets(nats, 'the test needs')).create('thumbnails');
  await bucket.put('lobby', 'tiny');
  const kept = await bucket.get('lobby');

  t.equal(seq, 1);
  t.equal(kept?.string(), 'tiny');
  const without = await natsServer(t);
  const other = await connected(t, without.url);
  await t.rejects(openJetStream(other.nats, 'the test needs'), { code: 'no-jetstream' });
});

t.test('a message that is too large is refused with both sizes before the server closes the connection', async (t) => {
  const server = await natsServer(t, { config: 'max_payload: 64KB' });
  const { camd, nats } = await connected(t, server.url);

  t.throws(() => nats.publish('a', Buffer.alloc(65_537)), { code: 'nats-too-large', message: /64 KiB/ });
  nats.publish('a', Buffer.alloc(65_536));
  await nats.flush();

  t.equal(camd.status('nats').metrics.connects_total, 1);
});

t.test('the amount sent to a server that does not read is limited', (t) => {
  let taken = (): void => {};
  const unsent = createUnsent({ flush: () => new Promise<void>((resolve) => (taken = resolve)) });
  const half = MAX_UNSENT / 2;

  unsent.add(half);
  unsent.add(half);
  t.throws(() => unsent.add(1), { code: 'nats-slow' });
  taken();
  setImmediate(() => {
    t.equal(unsent.bytes, half, 'bytes sent after the flush are not confirmed yet');
    t.doesNotThrow(() => unsent.add(1));
    t.end();
  });
});

t.test('a subject that the server forbids degrades the node, with the subject in the reason', async (t) => {
  const rights = 'permissions: { subscribe: ["open.>", "_INBOX.>"], publish: ["open.>"] }';
  const config = `authorization { users: [ { user: "a", password: "b", ${rights} } ] }`;
  const server = await natsServer(t, { config });
  const { camd, nats } = await connected(t, server.url, 'user: a', 'password: b');

  nats.subscribe('closed.one', () => {});
  const { state } = await camd.state('nats', 'degraded');

  t.match(state, { why: /"closed\.one"/ });
});

t.test('mutually exclusive options are reported before the start', (t) => {
  const options = {
    ...{ servers: 'nats://h', verify: true, inbox: '_INBOX', connect_timeout: 1, keepalive: 1 },
    ...{ reconnect_jitter: 0, reconnect_within: 1 },
  };
  const of = (more: object) => findings({ ...options, ...more }).map(({ option }) => option);

  t.same(of({}), []);
  t.same(of({ servers: 'nats://u:p@h' }), ['servers']);
  t.same(of({ servers: ['nats://a', 'tls://b'] }), ['servers']);
  t.same(of({ token: 'a', user: 'b' }), ['token']);
  t.same(of({ password: 'a' }), ['password']);
  t.same(of({ certificate: 'a' }), ['certificate']);
  t.end();
});
