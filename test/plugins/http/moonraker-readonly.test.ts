// http/moonraker-readonly before a simulated Moonraker that records its requests: no changing request reaches it.

import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { WebSocket } from 'ws';
import { READABLE_PATHS } from '../../../plugins/http/moonraker-readonly/allow-list.ts';
import { type Moonraker, moonraker } from '../../support/moonraker.ts';
import { ALLOWED, DENIED } from '../../support/moonraker-methods.ts';
import { moonrakerReadonly as start } from '../../support/moonraker-readonly.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

const params = (method: string): Record<string, unknown> => {
  if (method === 'server.connection.identify') return { client_name: 'x', version: '1', type: 'web', url: 'u' };
  if (method.startsWith('printer.objects.')) return { objects: { webhooks: null } };
  return method === 'server.database.get_item' ? { namespace: 'mainsail' } : {};
};
const reached = (printer: Moonraker): string[] =>
  printer.messages.flatMap((text) => {
    const value = JSON.parse(text) as { method: string } | { method: string }[];
    return (Array.isArray(value) ? value : [value]).map(({ method }) => method);
  });

t.test(
  'every method in every spelling: reading calls get their answer, changing calls get an error and never reach Moonraker',
  async (t) => {
    const { printer, open } = await start(t);
    const { client, answers } = await open();
    let id = 0;
    const wanted = new Map<number, string>();
    const call = (method: string, extra = '') => {
      wanted.set(++id, method);
      return `{"jsonrpc":"2.0",${extra}"method":${JSON.stringify(method)},"params":${JSON.stringify(params(method))},"id":${id}}`;
    };
    const escaped = (text: string) =>
      text.replaceAll(/"(method)":"([^"]*)"/g, (_all, _key, name: string) => {
        const codes = [...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
        return `"\\u006dethod":"${codes}"`;
      });

    for (const method of [...ALLOWED, ...DENIED]) {
      client.send(call(method));
      client.send(Buffer.from(call(method)), { binary: true });
      client.send(escaped(call(method)));
      client.send(call(method, '"method":"server.info",'));
      client.send(call(method, '"method":"printer.emergency_stop",'));
      client.send(`[${call(method)},${call('server.info')}]`);
      client.send(JSON.stringify({ jsonrpc: '2.0', method, params: params(method) }));
      const text = call(method);
      client.send(text.slice(0, 20), { fin: false });
      client.send(text.slice(20), { fin: true });
    }
    const answered = () => new Set(answers.flat().map((item) => (item as { id: number }).id));
    await until(() => answered().size === id, 'an answer to every call');

    const allowed = new Set(ALLOWED);
    for (const answer of answers.flat() as { id: number; result?: { method: string }; error?: { code: number } }[]) {
      const method = wanted.get(answer.id) ?? '';
      const right = allowed.has(method) ? answer.result?.method === method : answer.error?.code === 403;
      if (!right) t.fail(`${method}: ${JSON.stringify(answer)}`);
    }
    t.equal(answers.flat().length, id, 'each has one answer');
    t.strictSame(
      reached(printer).filter((method) => !allowed.has(method)),
      [],
      'no changing call has reached it',
    );
    t.strictSame([...new Set(reached(printer))].sort(), [...ALLOWED].sort(), 'every reading call has reached it');
    t.equal(client.readyState, WebSocket.OPEN);
  },
);

t.test('generated messages over a real socket: only reading calls arrive', async (t) => {
  const { printer, open } = await start(t);
  const { client, answers } = await open();
  const noise = fc.sample(
    fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom(...DENIED).map((method) => JSON.stringify({ jsonrpc: '2.0', method, id: 'x' })),
    ),
    10_000,
  );

  for (const text of noise) client.send(text);
  client.send('{"jsonrpc":"2.0","method":"server.info","id":"last"}');
  await until(() => answers.some((item) => (item as { id?: unknown }).id === 'last'), 'the last answer');

  t.strictSame(reached(printer), ['server.info']);
});

t.test('visitors have no identity: the proxy removes their keys and claims, and sends its own', async (t) => {
  const { printer, port, open } = await start(t, ', api_key: "${env:KEY}"');
  const claims = {
    'X-Forwarded-For': '9.9.9.9',
    'X-Real-IP': '10.0.0.1',
    Forwarded: 'for=1.1.1.1',
    'X-Api-Key': 'guess',
  };

  await open({ ...claims, Authorization: 'Bearer x', Cookie: 'a=b' });
  await fetch(`http://127.0.0.1:${port}/server/info?token=abc&x=1`, {
    headers: { ...claims, Authorization: 'Bearer x', 'X-Access-Token': 'y' },
  });

  t.strictSame(
    printer.requests.map(({ url }) => url),
    ['/websocket', '/server/info?x=1'],
  );
  for (const { headers } of printer.requests) {
    t.match(headers, {
      'x-forwarded-for': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      'x-api-key': 'moonraker-key',
      'x-forwarded-proto': 'http',
    });
    for (const name of ['forwarded', 'authorization', 'cookie', 'x-access-token', 'origin'])
      t.notOk(name in headers, name);
  }
});

t.test('HTTP: the listed paths pass, everything else is refused before it reaches Moonraker', async (t) => {
  const { printer, port } = await start(t);
  const get = (target: string, method = 'GET') => rawRequest(port, target, ['X-Forwarded-For: 1.2.3.4'], method);

  for (const path of READABLE_PATHS.filter((item) => item !== '/server/webcams/list')) {
    const answer = await get(path);
    t.match(JSON.parse(unchunked(answer)), { result: { path } }, path);
    t.notMatch(answer.head, /Tornado/i);
  }
  const thumbnail = await get('/server/files/gcodes/.thumbs/cube-300x300.png');
  t.equal(unchunked(thumbnail).length, 200_000);
  const head = await get('/server/info', 'HEAD');
  t.match(head, { status: 200, body: Buffer.alloc(0) });
  const before = printer.requests.length;
  const refused = [
    ...'/printer/emergency_stop /printer/gcode/script?script=M112 /server/jsonrpc /klippysocket /access/api_key /access/oneshot_token'.split(
      ' ',
    ),
    ...'/server/files/gcodes/x.gcode /server/files/gcodes/..%2fconfig%2fx.png /server/files/gcodes/../config/x.png'.split(
      ' ',
    ),
    ...'/server/files/gcodes/%2e%2e/config/moonraker.conf /printer/objects/query?configfile //server/info /server/info/'.split(
      ' ',
    ),
    ...`http://127.0.0.1:${printer.port}/printer/emergency_stop /server/info;x /server%2Finfo /server/%2569nfo`.split(
      ' ',
    ),
  ];
  for (const target of refused) t.match((await get(target)).status, /^40[034]$/, target);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await fetch(`http://127.0.0.1:${port}/server/webcams/item`, { method });
    t.equal(answer.status, 405, method);
  }
  t.strictSame(printer.requests.slice(before), []);

  const targets = fc.sample(
    fc
      .array(
        fc.constantFrom(
          '/server/info',
          '/printer/info',
          '/server/files/gcodes/',
          '/',
          '..',
          '.',
          '%2e',
          '%2f',
          '%',
          'server',
          'printer',
          'emergency_stop',
          'gcode',
          'script',
          'info',
          'files',
          'gcodes',
          'x.png',
          '?',
          '\\',
          ';',
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => parts.join('').replace(/^(?!\/)/, '/')),
    10_000,
  );
  // Sent in sequence over a few connections: only requests that reach Moonraker count.
  for (let at = 0; at < targets.length; at += 2000) await pipelined(port, targets.slice(at, at + 2000));
  t.ok(printer.requests.length > before, 'some of them are plain');
  const strange = printer.requests.slice(before).map(({ url }) => url.split('?', 1)[0] ?? '');
  t.strictSame(
    strange.filter((path) => !READABLE_PATHS.includes(path) && !/^\/server\/files\/gcodes\/[^%;\\]*\.png$/.test(path)),
    [],
  );
});

t.test('without Moonraker the camera is still shown, and requests for other data get an error', async (t) => {
  const { printer, port, camd, open } = await start(t);
  const visitor = await open();
  const closed = once(visitor.client, 'close');

  printer.close();
  const [code] = await closed;
  const info = await fetch(`http://127.0.0.1:${port}/printer/info`);
  const other = await fetch(`http://127.0.0.1:${port}/server/files/metadata?filename=x`);
  const { client, answers } = await open();
  const ask = (id: number, method: string, params = {}) => JSON.stringify({ jsonrpc: '2.0', method, params, id });
  client.send(ask(1, 'server.webcams.list'));
  client.send(
    `[${ask(2, 'printer.objects.subscribe', { objects: { webhooks: null } })},${ask(3, 'printer.print.start')}]`,
  );
  client.send(ask(4, 'server.config'));
  client.send(ask(5, 'server.history.get_job'));
  await until(() => answers.length === 4, 'four answers');

  t.equal(code, 1011);
  t.match(await info.json(), { result: { state: 'ready' } });
  t.equal(other.status, 502);
  const url = `http://127.0.0.1:${port}/webcam/`;
  t.match(answers[0], { id: 1, result: { webcams: [{ name: 'Camera', stream_url: `${url}?action=stream` }] } });
  t.match(answers[1], [
    { id: 2, result: { status: { webhooks: { state: 'ready' } } } },
    { id: 3, error: { code: 403 } },
  ]);
  t.match(answers[2], { id: 4, result: { config: { server: {} }, orig: {}, files: [] } });
  t.match(answers[3], { id: 5, error: { code: 404 } });
  t.match(camd.status('printer').state, {
    is: 'degraded',
    why: /Moonraker at 127\.0\.0\.1:\d+ did not answer: nothing is listening there/,
  });

  await moonraker(t, printer.port);
  await until(async () => (await fetch(`http://127.0.0.1:${port}/server/info`)).ok, 'Moonraker to be available again');
  t.match(camd.status('printer').state, { is: 'running' });
  await once(client, 'close');
});

t.test('a Moonraker that trusts no client is reported in one sentence', async (t) => {
  const { printer, port, camd } = await start(t);
  printer.key = 'other';

  const answer = await fetch(`http://127.0.0.1:${port}/server/info`);

  t.equal(answer.status, 401);
  t.match(camd.status('printer').state, {
    is: 'degraded',
    why: /refuses visitors \(401\): set its API key in "api_key"/,
  });
});

t.test('messages over the limit, too many visitors and disconnecting visitors', async (t) => {
  const { printer, port, open } = await start(t, ', max_message: 2KiB, max_visitors: 2');
  const first = await open();
  await open();
  const third = new WebSocket(`ws://127.0.0.1:${port}/websocket`);
  const [refusal] = await once(third, 'error');
  t.match(String(refusal), /503/);

  const closed = once(first.client, 'close');
  first.client.send(JSON.stringify({ jsonrpc: '2.0', method: 'server.info', params: { x: 'y'.repeat(5000) }, id: 1 }));
  t.equal((await closed)[0], 1009);
  await until(() => printer.sockets.size === 1, 'its connection to Moonraker to end');
  await until(
    () =>
      open().then(
        () => true,
        () => false,
      ),
    'room for another visitor',
  );

  const gone = connect(port, '127.0.0.1');
  await once(gone, 'connect');
  gone.write(
    'GET /websocket HTTP/1.1\r\nHost: p\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  gone.destroy();
  t.equal(reached(printer).length, 0);
});

t.test('a visitor that reads nothing holds back only itself', async (t) => {
  const { printer, camd, open } = await start(t);
  const { client } = await open();
  client.pause();
  const socket = await until(() => [...printer.sockets][0], 'the connection to Moonraker');

  const chunk = JSON.stringify({ jsonrpc: '2.0', method: 'notify_status_update', params: ['x'.repeat(256 * 1024)] });
  let sent = 0;
  while (socket.bufferedAmount < 1024 * 1024 && sent < 4000) {
    socket.send(chunk);
    sent++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const other = await open();
  other.client.send('{"jsonrpc":"2.0","method":"server.info","id":1}');
  await until(() => other.answers.length === 1, 'the other visitor to be served');

  t.ok(sent < 4000, `Moonraker was held back after ${sent} messages`);
  let got = 0;
  client.on('message', () => got++);
  client.resume();
  await until(() => got >= sent, 'all messages to arrive');
  t.equal(Number(camd.status('printer').metrics.visitors), 2);
});

/** Resolves when all have an answer. */
function pipelined(port: number, targets: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const requests = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: p\r\n\r\n`);
    const last = 'GET /the-end HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n';
    const socket = connect(port, '127.0.0.1', () => void socket.write(requests.join('') + last));
    socket.resume().on('end', resolve).on('error', reject);
  });
}

/** The body of an answer, also if it came in chunks. */
function unchunked({ head, body }: { head: string; body: Buffer }): string {
  if (!/transfer-encoding: chunked/i.test(head)) return body.toString('latin1');
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!(size > 0)) return parts.join('');
    parts.push(body.toString('latin1', end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
