// Headers that a reverse proxy passes on, in each direction.

import t from 'tap';
import { downstreamHeaders, upstreamHeaders, type Visitor } from '../../../../plugins/kit/proxy/headers.ts';

const visitor: Visitor = { address: '::ffff:192.0.2.1', scheme: 'https', host: 'cam.example.org' };
const claims = {
  'x-real-ip': '192.0.2.1',
  'x-forwarded-for': '192.0.2.1',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'cam.example.org',
};

t.test('request headers of the message are forwarded, with headers of the proxy about the visitor', (t) => {
  const passed = { accept: '*/*', cookie: 'a=b', 'x-odd': 'c', authorization: 'Bearer d' };

  t.strictSame(upstreamHeaders(passed, visitor), { ...passed, ...claims });
  for (const name of [
    ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authorization'],
    ...['host', 'origin', 'expect', 'content-length', 'sec-websocket-key'],
    ...['forwarded', 'via', 'x-client-ip', 'x-forwarded-port', 'x_real_ip', 'true-client-ip'],
    ...['x-http-method-override', 'x-method', 'x-original-url', 'x-rewrite-url'],
  ]) {
    t.strictSame(upstreamHeaders({ [name]: 'x' }, visitor), claims, name);
  }
  t.strictSame(
    upstreamHeaders({ 'x-forwarded-for': '10.0.0.1' }, visitor),
    claims,
    'headers of the visitor about itself are replaced',
  );
  t.strictSame(upstreamHeaders(passed, visitor, new Set(['cookie', 'x-odd'])), {
    accept: '*/*',
    authorization: 'Bearer d',
    ...claims,
  });
  t.strictSame(
    upstreamHeaders({ connection: 'close, X-Odd', 'x-odd': 'c', accept: '*/*' }, visitor),
    { accept: '*/*', ...claims },
    'headers listed in Connection are dropped',
  );
  t.strictSame(upstreamHeaders({ accept: undefined }, { ...visitor, address: '2001:db8::1', host: undefined }), {
    'x-real-ip': '2001:db8::1',
    'x-forwarded-for': '2001:db8::1',
    'x-forwarded-proto': 'https',
  });
  t.end();
});

t.test('response headers of the message are forwarded, without the banner and rules for other origins', (t) => {
  const passed = { 'content-type': 'text/html', 'set-cookie': ['a', 'b'], 'content-length': '7' };

  t.strictSame(downstreamHeaders({ ...passed, etag: undefined }), passed);
  for (const name of ['server', 'access-control-allow-origin', 'connection', 'transfer-encoding', 'keep-alive']) {
    t.strictSame(downstreamHeaders({ [name]: 'x' }), {}, name);
  }
  t.strictSame(downstreamHeaders({ connection: 'x-a , x-b', 'x-a': '1', 'x-b': '2', 'x-c': '3' }), { 'x-c': '3' });
  t.end();
});
