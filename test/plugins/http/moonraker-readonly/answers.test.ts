// Answers changed or given by http/moonraker-readonly: the built-in Moonraker, the reduced configuration, masked secrets.

import t from 'tap';
import { upstreamHeaders } from '../../../../plugins/kit/proxy/headers.ts';
import { moonrakerReadonly as start } from '../../../support/moonraker-readonly.ts';
import { until } from '../../../support/until.ts';

t.test('on a host without Moonraker the built-in one answers, and the node is healthy', async (t) => {
  const { printer, port, camd, open } = await start(t, ', printer: false');

  const { client, answers } = await open();
  client.send('{"jsonrpc":"2.0","method":"server.info","id":1}');
  await until(() => answers.length === 1, 'the answer');
  const listed = await fetch(`http://127.0.0.1:${port}/server/webcams/list`);
  const missing = await fetch(`http://127.0.0.1:${port}/server/files/metadata`);

  t.match(answers, [{ id: 1, result: { klippy_state: 'ready', failed_components: [] } }]);
  t.match(await listed.json(), { result: { webcams: [{ service: 'mjpegstreamer' }] } });
  t.equal(missing.status, 404);
  t.equal(printer.requests.length, 0);
  t.match(camd.status('printer').state, { is: 'running' });
});

t.test('Mainsail starts with default options: server.config has a reduced answer, over HTTP as well', async (t) => {
  const { printer, port, open } = await start(t);
  const { client, answers } = await open();

  client.send('{"jsonrpc":"2.0","method":"server.config","id":7}');
  client.send('{');
  client.send('[{"jsonrpc":"2.0","method":"server.info","id":8},{"jsonrpc":"2.0","method":"printer.restart","id":9}]');
  await until(() => answers.length === 3, 'three answers');
  const config = await fetch(`http://127.0.0.1:${port}/server/config`);

  t.match(answers[0], { id: 7, result: { config: { server: {} } } });
  t.match(answers[1], { id: null, error: { code: -32700 } });
  t.match(
    answers[2],
    [
      { id: 8, result: {} },
      { id: 9, error: { code: 403 } },
    ],
    'a batch is answered in one array',
  );
  t.match(await config.json(), { result: { config: { server: {} } } });
  t.notOk(printer.requests.some(({ url }) => url === '/server/config'));
});

t.test('secrets in the answers of permitted methods are masked, over WebSocket and HTTP', async (t) => {
  const { printer, port, open } = await start(t);
  const secret = {
    notifiers: [{ name: 'phone', url: 'tgram://123:BOTTOKEN/42', events: ['*'], body: 'BOTTOKEN', title: null }],
    version_info: { x: { remote_url: 'https://me:ghp_BOTTOKEN@github.com/x', branch: 'main' } },
    warnings: ['see https://host/?access_token=BOTTOKEN&a=1'],
    api_key: 'BOTTOKEN',
  };
  printer.result = secret;

  const { client, answers } = await open();
  client.send('{"jsonrpc":"2.0","method":"server.notifiers.list","id":1}');
  await until(() => answers.length === 1, 'the answer');
  const status = await fetch(`http://127.0.0.1:${port}/machine/update/status`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  const text = await status.text();

  for (const answer of [JSON.stringify(answers[0]), text]) {
    t.notMatch(answer, /BOTTOKEN/);
    t.match(answer, /github\.com\/x/);
    t.match(answer, /phone/);
  }
});

t.test('an IPv4 visitor of a dual-stack listener reaches Moonraker with an IPv4 address', (t) => {
  for (const [address, plain] of [
    ['::ffff:192.168.1.5', '192.168.1.5'],
    ['::1', '::1'],
    ['fe80::1', 'fe80::1'],
  ] as const) {
    const headers = upstreamHeaders({}, { address, scheme: 'http', host: 'printer' });
    t.match(headers, { 'x-forwarded-for': plain, 'x-real-ip': plain });
  }
  t.end();
});
