// A camera at a link-local address, http://[fe80::5%25lo]/: in a network namespace of its own, since loopback has no such address.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { redactUrl } from '../../../core/base/redact.ts';
import { splitZone } from '../../../core/base/zone.ts';
import { camd as command, folderWith } from '../../support/cli.ts';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const INSIDE = 'CAMD_TEST_NAMESPACE';
const ADDRESS = 'ip link set lo up; ip -6 addr add fe80::5/64 dev lo nodad; exec "$@"';

t.test('a zone is separated from the rest of a URL, and nothing else is mistaken for one', (t) => {
  t.same(splitZone('http://[fe80::1%25eth0]:81/a?b'), { url: 'http://[fe80::1]:81/a?b', zone: 'eth0' });
  t.same(splitZone('http://u:p@[FE80::1%wlan0]/'), { url: 'http://u:p@[FE80::1]/', zone: 'wlan0' });
  for (const other of ['http://[::1]/', 'http://host/[fe80::1%25eth0]', 'http://host/?a=[fe80::1%25eth0]', 'none']) {
    t.same(splitZone(other), { url: other });
  }
  t.equal(redactUrl('http://admin:hunter2@[fe80::1%25eth0]/a'), 'http://***@[fe80::1]/a');
  t.end();
});

if (process.env[INSIDE] === undefined) {
  t.test('pictures of a camera at a link-local address arrive', async (t) => {
    const node = [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
    const argv = ['--net', '--map-root-user', 'sh', '-c', ADDRESS, 'sh', ...node];
    const child = spawn('unshare', argv, { env: { ...process.env, [INSIDE]: '1' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));

    t.same(await once(child, 'exit'), [0, null], output);
    t.match(output, /\n {4}ok \d+ - the poll has pictures/);
  });
} else {
  t.test('inside the namespace', async (t) => {
    const camera = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(sampleJpeg({ seed: 1 }));
    });
    camera.listen(0, '::');
    await once(camera, 'listening');
    t.teardown(() => void camera.close());
    const { port } = camera.address() as AddressInfo;
    const camd = await run(
      t,
      dedent`
        camd: 1
        pipeline:
          poll: { use: source/http-poll, url: 'http://[fe80::5%25lo]:${port}/', every: 50ms }
          plain: { use: source/http-poll, url: 'http://[fe80::5]:${port}/', every: 50ms }
      `,
    );
    const frames = collect(camd, 'poll');

    await until(() => frames.length >= 2, 'two pictures');
    t.pass('the poll has pictures');
    await camd.state('plain', 'degraded');

    const poll = `camd: 1\npipeline:\n  poll: { use: source/http-poll, url: 'http://[fe80::5%25lo]:${port}/' }\n`;
    const { out } = await command(['doctor', 'poll.yaml'], { cwd: folderWith(t, { 'poll.yaml': poll }) });
    t.match(out, new RegExp(`url: The camera http://\\[fe80::5\\]:${port}/ answers with image/jpeg`));
  });
}
