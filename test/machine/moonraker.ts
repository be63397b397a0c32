// `npm run test:moonraker`: camd in front of a real Moonraker, from its Python package. Needs python3-venv and the package's index.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import { freePort } from '../support/free-port.ts';
import { run } from '../support/harness.ts';
import { until } from '../support/until.ts';
import { klippy } from './klippy.ts';

const MOONRAKER = 'moonraker==0.11.0';
t.setTimeout(600_000);

const folder = mkdtempSync(join(tmpdir(), 'camd-moonraker-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** The host name of a computer that does not run camd, for an IPv4 client of a dual-stack listener. */
const get = (port: number, host: string, path: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    request({ port, host, path }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });

t.test('visitors can read a real Moonraker through camd, but not control it; camd reports its prints', async (t) => {
  const python = join(folder, 'venv/bin/python');
  execFileSync('python3', ['-m', 'venv', join(folder, 'venv')]);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', MOONRAKER], {
    stdio: 'inherit',
  });

  const port = await freePort();
  const data = join(folder, 'data');
  const socket = join(folder, 'klippy.sock');
  mkdirSync(join(data, 'config'), { recursive: true });
  writeFileSync(
    join(data, 'config/moonraker.conf'),
    `[server]\nhost: 127.0.0.1\nport: ${port}\nklippy_uds_address: ${socket}\n[authorization]\ntrusted_clients:\n  127.0.0.0/8\n  ::1/128\n[machine]\nprovider: none\nvalidate_service: False\n`,
  );
  const printer = await klippy(t, socket);
  const child = spawn(python, ['-m', 'moonraker', '-d', data, '-n'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  t.teardown(() => void child.kill());
  const url = `http://127.0.0.1:${port}`;
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`Moonraker has ended: ${output}`);
      const answer = await fetch(`${url}/server/info`).catch(() => undefined);
      return (
        answer?.ok === true &&
        ((await answer.json()) as { result: { klippy_state: string } }).result.klippy_state === 'ready'
      );
    },
    () => `Moonraker to be ready: ${output.slice(-2000)}`,
  );

  const lan = await freePort();
  const camd = await run(
    t,
    `
camd: 1
pipeline:
  camera: { use: source/test-pattern, fps: 10, size: 64x48 }
  latest: { use: cache/latest, from: camera }
  lan: { use: http/server, listen: ":${lan}", methods: [GET, HEAD] }
  webcam: { use: http/webcam, on: lan, from: latest, path: /webcam }
  printer: { use: http/moonraker-readonly, on: lan, moonraker: "${url}" }
  register: { use: http/moonraker-webcam, moonraker: "${url}", name: Printer, stream_url: "http://printer.local:${lan}/webcam/?action=stream" }
  state: { use: printer/moonraker, moonraker: "${url}" }
`,
  );

  await t.test('an IPv4 and an IPv6 visitor of the dual-stack listener', async (t) => {
    for (const host of ['127.0.0.1', '::1']) {
      const info = await get(lan, host, '/printer/info');
      t.equal(info.status, 200, `${host}: ${info.body.slice(0, 200)}`);
      t.equal((await get(lan, host, '/server/webcams/list')).status, 200);
      t.equal(
        (await get(lan, host, '/printer/emergency_stop')).status,
        404,
        'controlling paths do not exist on this server',
      );
    }
    t.notOk(printer.calls.includes('emergency_stop'));
  });

  await t.test('a web interface that starts as Mainsail does', async (t) => {
    const client = new WebSocket(`ws://127.0.0.1:${lan}/websocket`);
    t.teardown(() => client.terminate());
    const answers = new Map<number, { result?: unknown; error?: { code: number } }>();
    client.on('message', (text) => {
      const message = JSON.parse(String(text));
      for (const entry of [message].flat()) answers.set(entry.id, entry);
    });
    await new Promise((resolve) => client.once('open', resolve));
    const calls = [
      ['server.connection.identify', { client_name: 'mainsail', version: '2', type: 'web', url: 'u' }],
      ...[['server.info'], ['server.config'], ['machine.system_info'], ['printer.info'], ['printer.objects.list']],
      ['printer.objects.subscribe', { objects: { print_stats: null, webhooks: null } }],
      ...[['server.webcams.list'], ['server.temperature_store'], ['server.gcode_store']],
      ...[['printer.emergency_stop'], ['printer.gcode.script', { script: 'M112' }], ['machine.reboot']],
    ] as const;
    for (const [index, [method, params = {}]] of calls.entries()) {
      client.send(JSON.stringify({ jsonrpc: '2.0', id: index + 1, method, params }));
    }
    await until(() => answers.size >= calls.length, 'an answer to every call');
    for (const [index, [method]] of calls.entries()) {
      const { result, error } = answers.get(index + 1) ?? {};
      if (index < 10) t.ok(result !== undefined, `${method}: ${JSON.stringify(error ?? {})}`);
      else t.ok(error !== undefined, `${method} is refused`);
    }
    t.notOk(printer.calls.some((method) => ['emergency_stop', 'gcode/script'].includes(method)));
  });

  await t.test('the camera is in its list of webcams', async (t) => {
    await camd.state('register', 'running');
    const { body } = await get(lan, '127.0.0.1', '/server/webcams/list');
    t.match(JSON.parse(body), { result: { webcams: [{ name: 'Printer', service: 'mjpegstreamer' }] } });
  });

  await t.test('a print, its layers and its end', async (t) => {
    const state = () => camd.port('state', 'printer').state();
    await until(
      () => state()?.is === 'ready',
      () => `the printer to be ready: ${JSON.stringify(camd.status('state').state)}`,
    );
    const layers: (number | undefined)[] = [];
    t.teardown(camd.port('state', 'printer').watch(({ layer }) => void layers.push(layer)));
    for (const layer of [1, 2, 3]) {
      printer.change({
        print_stats: { state: 'printing', filename: 'cube.gcode', info: { total_layer: 3, current_layer: layer } },
      });
      await until(() => state()?.layer === layer, `layer ${layer}`);
    }
    printer.change({ print_stats: { state: 'complete' } });
    await until(() => state()?.is === 'ready', 'the end of the print');
    t.same(layers, [1, 2, 3, undefined]);
  });

  await t.test('Moonraker ends and starts again', async (t) => {
    child.kill('SIGKILL');
    await camd.state('state', 'degraded');
    t.equal(camd.port('state', 'printer').state()?.is, 'off');
    const again = spawn(python, ['-m', 'moonraker', '-d', data, '-n'], { stdio: 'ignore' });
    t.teardown(() => void again.kill());
    await until(() => camd.port('state', 'printer').state()?.is === 'ready', 'the printer to be ready again');
    await camd.state('state', 'running');
  });
});
