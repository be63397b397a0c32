// Listeners pass from node to node without closing.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createListeners, MAX_ORPHANS } from '../../../../core/graph/run/listeners.ts';
import { until } from '../../../support/until.ts';

/** The text that a new connection to that port receives. */
function hear(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

/** Whether the kernel has a connection to that port: proc(5), /proc/net/tcp; state 01 is established. */
function openConnections(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows.some((row) => {
    const [, from, , state] = row.trim().split(/\s+/);
    return from === local && state === '01';
  });
}

const say = (text: string) => (socket: Socket) => void socket.end(text);

t.test('an address passes from one owner to the next without a refused connection', async (t) => {
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  const first = await listeners.acquire('127.0.0.1:0', 'a');
  first.listener.accept(say('first'));
  const { port } = first.listener;
  t.equal(await hear(port), 'first');

  const hold = listeners.hold();
  const second = await listeners.acquire('127.0.0.1:0', 'a');
  t.equal(second.listener.port, port);
  t.equal(await hear(port), 'first', 'until the new owner accepts, the old one does');
  second.listener.accept(say('second'));
  first.release();
  t.equal(await hear(port), 'second');
  second.release();
  const third = await listeners.acquire('127.0.0.1:0', 'a');
  third.listener.accept(say('third'));
  hold();

  t.equal(await hear(port), 'third');
});

t.test('a connection that arrives between two owners of a reload waits for the second', async (t) => {
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  const first = await listeners.acquire('127.0.0.1:0', 'a');
  const hold = listeners.hold();
  first.release();

  const heard = hear(first.listener.port);
  await until(() => openConnections(first.listener.port), 'the connection');
  const second = await listeners.acquire('127.0.0.1:0', 'a');
  second.listener.accept(say('second'));
  hold();

  t.equal(await heard, 'second');
});

t.test('MAX_ORPHANS connections wait for the next owner, and further ones are closed', async (t) => {
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  const first = await listeners.acquire('127.0.0.1:0', 'a');
  const hold = listeners.hold();
  first.release();
  const open = async (): Promise<Socket> => {
    const socket = connect(first.listener.port, '127.0.0.1');
    socket.on('error', () => {});
    t.teardown(() => void socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket.resume();
  };
  const waiting: Socket[] = [];
  // In groups, so that the queue of the kernel has room for each.
  while (waiting.length < MAX_ORPHANS) waiting.push(...(await Promise.all(Array.from({ length: 64 }, open))));

  const further = await open();
  await new Promise((resolve) => further.once('close', resolve));
  const closedEarly = waiting.filter((socket) => socket.closed).length;
  const second = await listeners.acquire('127.0.0.1:0', 'a');
  let accepted = 0;
  second.listener.accept((socket) => {
    accepted++;
    socket.end();
  });
  hold();

  t.equal(waiting.length, MAX_ORPHANS);
  t.equal(closedEarly, 0);
  t.equal(accepted, MAX_ORPHANS);
});

t.test('a listener without an owner closes when nothing holds it', async (t) => {
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  const { listener, release } = await listeners.acquire('127.0.0.1:0', 'a');
  listener.accept(say('x'));

  release();

  await until(
    () =>
      hear(listener.port).then(
        () => false,
        () => true,
      ),
    'the port to close',
  );
});

t.test('a port that another program uses is an environment fault that names it', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const listeners = createListeners();

  await t.rejects(listeners.acquire(`127.0.0.1:${port}`, 'web'), {
    code: 'cannot-listen',
    blame: 'environment',
    message: `another program uses 127.0.0.1:${port}; stop it or choose another address`,
  });
});

t.test('a unix socket left by a process that died is replaced; one that answers or is none is not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'web.sock');
  const leave = `const s=require('net').createServer();s.listen(${JSON.stringify(path)},()=>process.kill(process.pid,'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', leave]);
  t.ok(existsSync(path));
  const one = createListeners();
  const two = createListeners();
  t.teardown(() => one.closeAll());

  const { listener } = await one.acquire(`unix:${path}`, 'web');

  t.equal(listener.address, `unix:${path}`);
  await t.rejects(two.acquire(`unix:${path}`, 'web'), { code: 'cannot-listen' });
  const notes = join(folder, 'notes.txt');
  writeFileSync(notes, 'to be kept');
  await t.rejects(two.acquire(`unix:${notes}`, 'web'), { code: 'cannot-listen' });
  t.ok(existsSync(notes));
});

/** Connects so many times to the port in argv, and says how many connections were made until one failed or all were made. */
const CONNECT = `
  const { connect } = require('node:net');
  const [port, wanted] = process.argv.slice(1).map(Number);
  let made = 0;
  const end = () => { process.stdout.write(String(made)); process.exit(); };
  for (let n = 0; n < wanted; n++) connect(port, '127.0.0.1', () => { if (++made === wanted) end(); }).on('error', end);
`;

t.test('many simultaneous connections wait in the kernel until they are accepted', async (t) => {
  const crowd = Math.min(900, Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')));
  const listeners = createListeners();
  t.teardown(() => listeners.closeAll());
  const { listener } = await listeners.acquire('127.0.0.1:0', 'web');
  let accepted = 0;
  listener.accept((socket) => {
    accepted++;
    socket.destroy();
  });

  // This process accepts nothing meanwhile.
  const said = spawnSync(process.execPath, ['-e', CONNECT, String(listener.port), String(crowd)], { encoding: 'utf8' });

  t.equal(Number(said.stdout), crowd);
  await until(() => accepted === crowd, 'all to be accepted');
});
