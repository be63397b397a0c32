// Who gets the connections of a listener, and sockets that somebody else has opened.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import t from 'tap';
import { createListeners, type Listeners } from '../../../../core/graph/run/listeners.ts';

function listening(): Listeners {
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  return listeners;
}

/** The text that a new connection receives until it is closed; an error code without a connection. */
const hear = (port: number): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    connect(port, '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (part) => {
        text += part;
      })
      .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''))
      .on('close', () => resolve(text));
  });

const say = (text: string) => (socket: Socket) => void socket.end(text);

t.test('the newest owner that accepts gets the connection, and the one before when it no longer does', async (t) => {
  const listeners = listening();
  const [a, b] = [await listeners.acquire('127.0.0.1:0', 'a'), await listeners.acquire('127.0.0.1:0', 'a')];
  const { port } = a.listener;

  t.equal(await hear(port), '', 'no owner accepts yet: the connection is closed');
  a.listener.accept(say('a'));
  const stop = b.listener.accept(say('b'));
  t.equal(await hear(port), 'b');
  stop();
  t.equal(await hear(port), 'a');
  const earlier = b.listener.accept(say('earlier'));
  b.listener.accept(say('later'));
  earlier();
  t.equal(await hear(port), 'later', 'an acceptance that was replaced takes nothing away');
  b.release();
  t.equal(await hear(port), 'a');
});

t.test('nodes that name the same port share one listener', async (t) => {
  const listeners = listening();
  const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');
  release();
  const one = await listeners.acquire(`127.0.0.1:${listener.port}`, 'a');
  const again = await listeners.acquire(`127.0.0.1:${listener.port}`, 'c');

  t.equal(one.listener.port, listener.port);
  t.equal(again.listener.port, listener.port);
  one.release();
  again.listener.accept(say('c'));
  t.equal(await hear(listener.port), 'c', 'it is open for the last one');
});

t.test('what a successor has taken over makes no room for another address', async (t) => {
  const listeners = listening();
  const first = await listeners.acquire('127.0.0.1:0', 'a');
  const { port } = first.listener;
  const hold = listeners.hold();
  first.release();
  const second = await listeners.acquire('127.0.0.1:0', 'a');
  second.listener.accept(say('second'));

  await t.rejects(listeners.acquire(`:${port}`, 'b'), {
    code: 'cannot-listen',
    message: `another program uses :${port}; stop it or choose another address`,
  });

  t.equal(await hear(port), 'second');
  hold();
});

t.test('a listener that has made room is gone with the connections that waited for it', async (t) => {
  const listeners = listening();
  const first = await listeners.acquire('127.0.0.1:0', 'a');
  const { port } = first.listener;
  const hold = listeners.hold();
  first.release();
  const waiting = connect(port, '127.0.0.1');
  waiting.on('error', () => {});
  // It may end with a reset as well.
  const closed = new Promise((resolve) => waiting.once('close', resolve));
  await once(waiting, 'connect');

  const whole = await listeners.acquire(`:${port}`, 'b');
  whole.listener.accept(say('whole'));

  await closed;
  t.equal(await hear(port), 'whole');
  await t.rejects(listeners.acquire(`127.0.0.1:${port}`, 'c'), { code: 'cannot-listen' }, 'the part is opened anew');
  hold();
  t.equal(await hear(port), 'whole');
});

t.test('after all listeners are closed no connection is accepted, and an address can be acquired again', async (t) => {
  const listeners = listening();
  const { listener } = await listeners.acquire('127.0.0.1:0', 'a');
  await listeners.acquire('nonsense', 'b').catch(() => {});

  await listeners.closeAll();
  t.equal(await hear(listener.port), 'ECONNREFUSED');

  const again = await listeners.acquire(`127.0.0.1:${listener.port}`, 'a');
  again.listener.accept(say('again'));
  t.equal(await hear(listener.port), 'again');
});

/** Runs in a process of its own, which has two open sockets as 3 and 4; argv has the port of the second. */
const INHERIT = `
  import { createListeners } from './core/graph/run/listeners.ts';
  import { connect } from 'node:net';
  const listeners = createListeners([{ name: 'web', fd: 3 }, { name: 'other', fd: 4 }]);
  const [second] = process.argv.slice(1);
  const portOf = async (address, owner) => (await listeners.acquire(address, owner)).listener.port;
  const web = await listeners.acquire('127.0.0.1:1', 'web');
  const found = [web.listener.port, await portOf('127.0.0.1:' + second, 'any'), await portOf('127.0.0.1:0', 'web')];
  web.release();
  await new Promise((resolve) => setImmediate(resolve));
  const open = await new Promise((resolve) =>
    connect(found[0], '127.0.0.1').on('connect', () => resolve(true)).on('error', () => resolve(false)));
  found.push(open, await portOf('127.0.0.1:1', 'web'));
  console.log(JSON.stringify(found));
  process.exit();
`;

t.test('a socket of the service manager goes to the node of its name or address, and stays open', async (t) => {
  const open = async (): Promise<{ port: number; fd: number; server: Server }> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    return { port: address !== null && typeof address === 'object' ? address.port : 0, fd, server };
  };
  const sockets = [await open(), await open()];
  const [first, second] = sockets;
  const argv = ['--import=tsx', '--input-type=module', '-e', INHERIT, String(second?.port)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit', ...sockets.map(({ fd }) => fd)] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (part) => {
    output += part;
  });
  await once(child, 'close');
  for (const { server } of sockets) server.close();

  const [byName, byAddress, another, isOpen, again] = JSON.parse(output);
  t.equal(byName, first?.port);
  t.equal(byAddress, second?.port);
  t.not(another, byName, 'it has an owner: the second node of the name opens one of its own');
  t.equal(isOpen, true, 'it is kept for the next owner');
  t.equal(again, byName);
});
