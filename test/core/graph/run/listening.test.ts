// Addresses that nodes listen on: how they are reported, why they cannot be used, and sockets that the service manager opened.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createListeners, type Listeners } from '../../../../core/graph/run/listeners.ts';
import { settle } from '../../../support/manual-clock.ts';
import { until } from '../../../support/until.ts';

function listening(): Listeners {
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  return listeners;
}

/** A server of somebody else on a free port. */
async function other(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has a port');
  return address.port;
}

const isFree = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

t.test('a listener reports its address', async (t) => {
  const listeners = listening();
  const folder = mkdtempSync(join(tmpdir(), 'camd-listening-'));
  t.teardown(() => rmSync(folder, { recursive: true }));

  const { listener: one } = await listeners.acquire('127.0.0.1:0', 'a');
  const { listener: every } = await listeners.acquire(':0', 'b');
  const { listener: socket } = await listeners.acquire(`unix:${folder}/s`, 'c');

  t.match(one, { host: '127.0.0.1', address: `127.0.0.1:${one.port}` });
  t.ok(one.port > 0);
  t.match(every, { host: '', address: `:${every.port}` });
  t.match(socket, { host: '', port: 0, address: `unix:${folder}/s` });
});

t.test('port 0 is another port for each node', async (t) => {
  const listeners = listening();

  const [a, b, again] = [
    await listeners.acquire('127.0.0.1:0', 'a'),
    await listeners.acquire('127.0.0.1:0', 'b'),
    await listeners.acquire('127.0.0.1:0', 'a'),
  ];

  t.not(a.listener.port, b.listener.port);
  t.equal(a.listener.port, again.listener.port);
});

t.test('why an address cannot be had', async (t) => {
  const listeners = listening();
  const port = await other();
  const why = (address: string): Promise<string> =>
    listeners.acquire(address, 'a').then(
      () => 'it was had',
      (cause: { blame: string; code: string; message: string }) => `${cause.blame} ${cause.code}: ${cause.message}`,
    );

  t.equal(
    await why(`127.0.0.1:${port}`),
    `environment cannot-listen: another program uses 127.0.0.1:${port}; stop it or choose another address`,
  );
  t.equal(await why('192.0.2.1:8080'), 'environment cannot-listen: this machine has no address for 192.0.2.1:8080');
  t.equal(
    await why('unix:/nonexistent/s'),
    'environment cannot-listen: the folder of unix:/nonexistent/s does not exist',
  );
  t.match(await why('nonsense'), /^profile bad-address: "nonsense" is not an address; write it like /);
  t.equal(await why(`127.0.0.1:${port}`).then((said) => said.includes('another program')), true, 'it is tried anew');
});

t.test('a listener is closed when its last owner has released it, and a second release has no effect', async (t) => {
  const listeners = listening();
  const [one, two] = [await listeners.acquire('127.0.0.1:0', 'a'), await listeners.acquire('127.0.0.1:0', 'a')];
  const { port } = one.listener;

  one.release();
  one.release();
  t.equal(await isFree(port), false, 'the second owner has it');
  two.release();
  await until(() => isFree(port), 'the port');
});

t.test('of two holds the last one counts, each of them once', async (t) => {
  const listeners = listening();
  const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');
  const [first, second] = [listeners.hold(), listeners.hold()];

  release();
  first();
  first();
  t.equal(await isFree(listener.port), false);
  second();
  await until(() => isFree(listener.port), 'the port');
});

t.test('an address of which a part is held for a successor makes room for the whole', async (t) => {
  const listeners = listening();
  const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');
  const { port } = listener;
  const hold = listeners.hold();
  release();

  const { listener: all } = await listeners.acquire(`:${port}`, 'b');

  t.equal(all.port, port);
  const { listener: part } = await listeners.acquire('127.0.0.1:0', 'a');
  t.ok(part.port > 0 && part.port !== port, 'the part is opened anew');
  hold();
  t.equal(await isFree(port), false);
});

t.test('an address that cannot be had for another reason closes nothing that is held', async (t) => {
  const listeners = listening();
  const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');
  const hold = listeners.hold();
  release();

  await t.rejects(listeners.acquire('192.0.2.1:8080', 'b'), { code: 'cannot-listen' });

  t.equal(await isFree(listener.port), false);
  hold();
});

/** A connection that has come and that nobody has accepted yet. */
async function waiting(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  await settle();
  return socket.resume();
}

t.test(
  'a listener without a successor is closed with its waiting connections, and its address is free again',
  async (t) => {
    const listeners = listening();
    const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');
    const hold = listeners.hold();
    release();
    const socket = await waiting(listener.port);
    const closed = once(socket, 'close');

    hold();
    await closed;
    await until(() => isFree(listener.port), 'the port');

    const { listener: anew } = await listeners.acquire('127.0.0.1:0', 'a');
    t.equal(await isFree(anew.port), false);
  },
);

t.test('connections that a successor does not accept are closed when the reload is over', async (t) => {
  const listeners = listening();
  const first = await listeners.acquire('127.0.0.1:0', 'a');
  const hold = listeners.hold();
  first.release();
  const socket = await waiting(first.listener.port);
  const closed = once(socket, 'close');
  await listeners.acquire('127.0.0.1:0', 'a');

  hold();
  await closed;

  t.equal(await isFree(first.listener.port), false, 'the listener stays');
});

t.test('a reload that begins as the last owner releases a listener finds it open', async (t) => {
  const listeners = listening();
  const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');

  release();
  const hold = listeners.hold();
  await settle();
  t.equal(await isFree(listener.port), false);

  hold();
  await until(() => isFree(listener.port), 'the port');
});

t.test('the release of one of two owners does not free the address', async (t) => {
  const listeners = listening();
  const [one] = [await listeners.acquire('127.0.0.1:0', 'a'), await listeners.acquire('127.0.0.1:0', 'a')];
  const { port } = one.listener;
  one.release();

  await t.rejects(listeners.acquire(`:${port}`, 'b'), { code: 'cannot-listen' });

  t.equal(await isFree(port), false);
});

t.test('a descriptor that is no socket is named', async (t) => {
  const listeners = createListeners([{ name: 'web', fd: 100_000 }]);

  await t.rejects(listeners.acquire('127.0.0.1:0', 'web'), {
    code: 'bad-socket',
    message: /^the socket "web" from the service manager cannot be used: /,
  });
});
