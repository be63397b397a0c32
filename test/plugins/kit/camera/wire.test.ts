// One connection to a camera, over a real socket: requests, bodies, early and late bytes, and its end.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createWire } from '../../../../plugins/kit/camera/wire.ts';
import { fakeCamera, response } from '../../../support/fake-camera.ts';
import { until } from '../../../support/until.ts';

/** Bytes that may arrive without a reader. */
const MAX_EARLY_BYTES = 1_048_576;

/** A wire to a camera that calls `answer` for each request. */
async function wired(t: Test, answer: (socket: Socket, head: string, count: number) => void) {
  const camera = await fakeCamera(t, answer);
  const odd: string[] = [];
  const wire = createWire((code) => odd.push(code));
  const socket = connect(camera.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('data', (chunk) => wire.receive(chunk));
  wire.attach(socket);
  t.teardown(() => socket.destroy());
  const get = (path = '/') => wire.request(Buffer.from(`GET ${path} HTTP/1.1\r\n\r\n`), 'GET');
  return { camera, wire, socket, odd, get };
}

/** Reads up to so many bytes. */
function collector(most = Number.POSITIVE_INFINITY) {
  const found = { text: '' };
  const take = (chunk: Buffer): boolean => {
    found.text += chunk.toString('latin1');
    return found.text.length >= most;
  };
  return { found, take };
}

t.test('one request after the other over one connection', async (t) => {
  const { camera, wire, odd, get } = await wired(t, (socket, head) => {
    socket.write(response('200 OK', ['X: 1'], `body of ${head.split(' ')[1]}`));
  });
  for (const path of ['/a', '/b']) {
    const answer = await get(path);
    const { found, take } = collector();
    t.match(answer.head, { status: 200, headers: { x: '1' } });
    t.equal(await answer.read(take), 'complete');
    t.equal(found.text, `body of ${path}`);
    t.equal(answer.release(), true);
    t.equal(answer.release(), false, 'once');
  }
  t.equal(wire.isClosed, false);
  t.equal(camera.open(), 1);
  t.same(odd, []);
});

t.test('a connection is not reused while the answer has unread bytes, or if it will close', async (t) => {
  const answers = [
    response('200 OK', ['Connection: close'], 'x'),
    Buffer.concat([response('200 OK', [], 'x'), Buffer.from('y')]),
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx'),
    Buffer.from('HTTP/1.1 200 OK\r\n\r\nx'),
  ];
  for (const bytes of answers) {
    const { get } = await wired(t, (socket) => socket.write(bytes));
    const answer = await get();
    await answer.read(() => true);
    t.equal(answer.release(), false);
  }
  const { get } = await wired(t, (socket) => socket.write(response('200 OK', [], 'x')));
  t.equal((await get()).release(), false, 'the body was not read');
});

t.test('a body without content is complete at once', async (t) => {
  const { get } = await wired(t, (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  const answer = await get();
  t.equal(await answer.read(() => t.fail('no bytes')), 'complete');
  t.ok(answer.release());
});

t.test('a reader that has enough pauses the connection, and another one continues', async (t) => {
  const { socket, get } = await wired(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabcdef');
    setImmediate(() => socket.write('ghijkl'));
  });
  const answer = await get();
  const first = collector(3);
  t.equal(await answer.read(first.take), 'enough');
  t.ok(socket.isPaused());
  const rest = collector();
  t.equal(await answer.read(rest.take), 'complete');
  t.equal(first.found.text + rest.found.text, 'abcdefghijkl');
  t.ok(socket.isPaused(), 'and it is paused again');
  t.ok(answer.release());
  t.notOk(socket.isPaused());
});

t.test('reading on continues to the end of the connection', async (t) => {
  const { odd, get } = await wired(t, (socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd');
  });
  const answer = await get();
  const { found, take } = collector();
  t.equal(await answer.read(take), 'complete');
  t.equal(await answer.readOn(take), 'complete');
  t.equal(found.text, 'abcd');
  t.same(odd, ['longer_than_length']);
});

t.test('the framing determines the result when the connection ends during a body', async (t) => {
  for (const [head, body, end] of [
    ['Content-Length: 5', 'abc', 'cut'],
    ['X: 1', 'abc', 'complete'],
    ['Transfer-Encoding: chunked', '5\r\nabc', 'cut'],
    ['Transfer-Encoding: chunked', 'zz\r\nabc', 'malformed'],
  ] as const) {
    const { wire, get } = await wired(t, (socket) => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`));
    const answer = await get();
    t.equal(await answer.read(() => {}), end, head);
    await until(() => wire.isClosed, 'the end');
    t.equal(await answer.read(() => {}), end, 'also for a later read');
  }
});

t.test('a connection that ends before an answer rejects, with a code for bytes received or not', async (t) => {
  for (const [bytes, code] of [
    ['', 'EMPTY'],
    ['HTTP/1.1 200', 'UND_ERR_SOCKET'],
    ['SSH-2.0-x\r\n', 'ERR_NO_HTTP'],
  ] as const) {
    const { wire, get } = await wired(t, (socket) =>
      code === 'ERR_NO_HTTP' ? socket.write(bytes) : socket.end(bytes),
    );
    await t.rejects(get(), { code });
    t.ok(wire.isClosed);
    await t.rejects(get(), { code: code === 'ERR_NO_HTTP' ? code : 'EMPTY' }, 'and the next request is rejected too');
  }
  const again = await wired(t, (socket, _, count) =>
    count === 1 ? socket.write(response('200 OK', [], 'x')) : socket.end(),
  );
  const answer = await again.get();
  await answer.read(() => {});
  answer.release();
  await t.rejects(again.get(), { code: 'EMPTY' }, 'no byte of the second answer had arrived');
});

t.test('a connection that fails rejects the reader with the error of the system', async (t) => {
  const { wire, socket, get } = await wired(t, (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'),
  );
  const answer = await get();
  const { found, take } = collector(2);
  await answer.read(take);
  const reading = answer.read(take);
  socket.destroy(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
  await t.rejects(reading, { code: 'ECONNRESET' });
  t.equal(await answer.read(take), 'cut', 'reported once');
  await t.rejects(get(), { code: 'ECONNRESET' });
  t.equal(found.text, 'ab');
  t.ok(wire.isClosed);
});

t.test('an error after all bytes were read has no effect', async (t) => {
  const { wire, socket, get } = await wired(t, (socket) => socket.write(response('200 OK', [], 'abc')));
  const answer = await get();
  socket.destroy(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
  await until(() => wire.isClosed, 'the end');
  const { found, take } = collector();
  t.equal(await answer.read(take), 'complete');
  t.equal(found.text, 'abc');
});

t.test('a connection that is destroyed is closed', async (t) => {
  const { wire, get } = await wired(t, () => {});
  const pending = get();
  wire.destroy();
  t.ok(wire.isClosed);
  await t.rejects(pending, { code: 'EMPTY' });
});

t.test('a socket that is closed before it is attached is reported as closed', async (t) => {
  const camera = await fakeCamera(t, () => {});
  const socket = connect(camera.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  await once(socket, 'close');
  const wire = createWire(() => {});
  wire.attach(socket);
  await t.rejects(wire.request(Buffer.from('x'), 'GET'), { code: 'EMPTY' });
});

t.test('bytes between two requests end the connection', async (t) => {
  const cameras: Socket[] = [];
  const { wire, odd, get } = await wired(t, (socket) => {
    cameras.push(socket);
    socket.write(response('200 OK', [], 'x'));
  });
  const answer = await get();
  await answer.read(() => {});
  t.ok(answer.release());
  cameras[0]?.write('late');
  await until(() => wire.isClosed, 'the end of the connection');
  t.same(odd, ['bytes_after_body']);
});

t.test('bytes that arrive without a reader are kept, up to a limit', async (t) => {
  for (const [extra, isClosed] of [
    [0, false],
    [1, true],
  ] as const) {
    const { wire, get } = await wired(t, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n12345'));
    const answer = await get();
    wire.receive(Buffer.alloc(MAX_EARLY_BYTES - 10, 'x'));
    wire.receive(Buffer.alloc(5 + extra, 'y'));
    t.equal(wire.isClosed, isClosed);
    if (isClosed) continue;
    let bytes = 0;
    const reading = answer.read((chunk) => {
      bytes += chunk.length;
    });
    t.equal(bytes, MAX_EARLY_BYTES);
    wire.destroy();
    t.equal(await reading, 'complete');
  }
});
