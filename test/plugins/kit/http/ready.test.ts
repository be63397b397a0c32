// Prepared answers: written by a real server, for conditional requests and HEAD too.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { matches, writeReady } from '../../../../plugins/kit/http/ready.ts';

const ETAG = '"boot-lobby-7"';
const body = Buffer.from('a picture');
const answer = {
  etag: ETAG,
  full: ['Content-Type', 'image/jpeg', 'Content-Length', String(body.length), 'ETag', ETAG],
  unchanged: ['ETag', ETAG],
  body,
};

t.test('If-None-Match is compared weakly, tag by tag', (t) => {
  for (const header of [ETAG, '*', `W/${ETAG}`, `"other", ${ETAG}`, `"a",W/${ETAG} , "b"`]) {
    t.equal(matches(header, ETAG), true, header);
  }
  for (const header of ['', '"other"', 'boot-lobby-7', `"x${ETAG}`, '"a", "b"', '**']) {
    t.equal(matches(header, ETAG), false, header);
  }
  t.end();
});

t.test('the picture is sent once, and only its headers to a client that has it or sends HEAD', async (t) => {
  const server = createServer((incoming, response) => {
    response.sendDate = false;
    if (incoming.url === '/offline') {
      const more = ['X-Camera-State', 'offline'];
      writeReady(incoming, response, answer, {
        full: [...answer.full, ...more],
        unchanged: [...answer.unchanged, ...more],
      });
    } else writeReady(incoming, response, answer);
  }).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = async (method: string, path: string, tag?: string) => {
    const headers = { connection: 'close', ...(tag === undefined ? {} : { 'if-none-match': tag }) };
    const sent = request({ host: '127.0.0.1', port, path, method, headers }).end();
    const [response] = await once(sent, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return [response.statusCode, Buffer.concat(chunks).toString(), response.rawHeaders.slice(0, -2)];
  };
  const offline = ['X-Camera-State', 'offline'];

  t.strictSame(await get('GET', '/'), [200, 'a picture', answer.full]);
  t.strictSame(await get('GET', '/', '"older"'), [200, 'a picture', answer.full]);
  t.strictSame(await get('HEAD', '/'), [200, '', answer.full]);
  t.strictSame(await get('GET', '/', ETAG), [304, '', answer.unchanged]);
  t.strictSame(await get('HEAD', '/', ETAG), [304, '', answer.unchanged]);
  t.strictSame(await get('GET', '/offline'), [200, 'a picture', [...answer.full, ...offline]]);
  t.strictSame(await get('GET', '/offline', ETAG), [304, '', [...answer.unchanged, ...offline]]);
});
