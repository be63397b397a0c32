// Upgrade requests: accepted as in RFC 6455, or answered with an error; and the frames of a server.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { acceptUpgrade } from '../../../../plugins/kit/websocket/accept.ts';
import { frame, MAX_FRAME } from '../../../../plugins/kit/websocket/frame.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const RIGHT = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': KEY, 'Sec-WebSocket-Version': '13' };

/** The bytes that a client reads until the end, and whether the server accepted the WebSocket. */
async function upgrade(t: Test, headers: Readonly<Record<string, string>>, method = 'GET', protocol?: string) {
  let accepted: boolean | undefined;
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket) => {
    accepted = acceptUpgrade(request, socket, protocol);
    if (accepted) socket.end('after');
  });
  t.teardown(() => server.close());
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  client.write(`${method} / HTTP/1.1\r\nHost: cam\r\n${lines.join('')}\r\n`);
  const reply = await text(client);
  client.destroy();
  return { accepted, reply };
}

t.test('the example of RFC 6455 §1.3 is accepted, with the chosen protocol', async (t) => {
  const head =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';

  t.same(await upgrade(t, RIGHT), { accepted: true, reply: `${head}\r\nafter` });
  t.same(await upgrade(t, RIGHT, 'GET', 'mqtt'), {
    accepted: true,
    reply: `${head}Sec-WebSocket-Protocol: mqtt\r\n\r\nafter`,
  });
});

t.test('any other request is answered with an error and its connection ends', async (t) => {
  const bad = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  const { 'Sec-WebSocket-Key': _, ...keyless } = RIGHT;

  t.same(await upgrade(t, keyless), { accepted: false, reply: bad });
  t.same(await upgrade(t, { ...RIGHT, 'Sec-WebSocket-Key': 'short==' }), { accepted: false, reply: bad });
  t.same(await upgrade(t, RIGHT, 'POST'), { accepted: false, reply: bad });
  t.same(await upgrade(t, { ...RIGHT, 'Sec-WebSocket-Version': '8' }), {
    accepted: false,
    reply:
      'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  });
});

t.test('a frame of a server is unfragmented, not masked, and has the shortest length field', (t) => {
  const heads: readonly (readonly [number, readonly number[]])[] = [
    [0, [0x82, 0]],
    [1, [0x82, 1]],
    [125, [0x82, 125]],
    [126, [0x82, 126, 0, 126]],
    [256, [0x82, 126, 1, 0]],
    [MAX_FRAME, [0x82, 126, 0xff, 0xff]],
  ];
  for (const [length, head] of heads) {
    const payload = Buffer.alloc(length, 'x');
    t.ok(frame(2, payload).equals(Buffer.concat([Buffer.from(head), payload])), `${length} bytes`);
  }
  t.same([...frame(9, Buffer.from('p'))], [0x89, 1, 0x70]);
  t.end();
});
