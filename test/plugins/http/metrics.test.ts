// http/metrics: the Prometheus format, and figures that match the nodes.

import { spawnSync } from 'node:child_process';
import t from 'tap';
import { exposition } from '../../../plugins/http/metrics/exposition.ts';
import { families } from '../../../plugins/http/metrics/families.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { run } from '../../support/harness.ts';
import { deafClient } from '../../support/raw-client.ts';
import { until } from '../../support/until.ts';

const FACTS = {
  version: '1.2.3',
  startedAt: 1,
  resident: 2,
  heapUsed: 3,
  external: 4,
  cpu: 5,
  loopUtilization: 0,
  loopDelay: { mean: 0, p99: 0, max: 0 },
};

const MEMORY = { most: 100, used: 9, refused: 1 };

t.test('labels are escaped as the text format requires', async (t) => {
  const text = exposition([
    {
      name: 'x',
      type: 'gauge',
      help: 'a\nb\\',
      samples: [{ labels: { node: 'a"b\\c\nd' }, value: Number.POSITIVE_INFINITY }],
    },
    { name: 'none', type: 'gauge', help: '', samples: [] },
  ]);

  t.equal(text, '# HELP x a\\nb\\\\\n# TYPE x gauge\nx{node="a\\"b\\\\c\\nd"} +Inf\n');
});

t.test('metrics of nodes become counters, gauges and histograms', async (t) => {
  const node = {
    id: 'web',
    use: 'http/server',
    state: { is: 'running', since: 0 },
    framesIn: 1,
    framesOut: 2,
    bytesOut: 3,
    rate: 0,
    skipped: 4,
    refused: 6,
    restarts: 5,
    reserved: 9,
    metrics: {
      lag_ms: 1500,
      frames_skipped_total: 10,
      connections: 7,
      requests_total: 8,
      request_ms_le_5_total: 1,
      request_ms_sum_total: 12,
      request_ms_count_total: 2,
    },
  } as const;

  const text = exposition(
    families([node], { count: 1, last: { at: 2000, ok: false, took: 30, summary: '' } }, MEMORY, FACTS),
  );

  for (const line of [
    'camd_lag_seconds{node="web",use="http/server"} 1.5',
    'camd_plugin_frames_skipped_total{node="web",use="http/server"} 10',
    'camd_node_reserved_bytes{node="web",use="http/server"} 9',
    'camd_memory_limit_bytes 100',
    'camd_memory_reserved_bytes 9',
    'camd_memory_refused_total 1',
    'camd_node_state{node="web",use="http/server",state="running"} 1',
    'camd_frames_in_total{node="web",use="http/server"} 1',
    'camd_frames_skipped_total{node="web",use="http/server"} 4',
    'camd_frames_refused_total{node="web",use="http/server"} 6',
    'camd_restarts_total{node="web",use="http/server"} 5',
    '# TYPE camd_connections gauge',
    'camd_connections{node="web",use="http/server"} 7',
    '# TYPE camd_requests_total counter',
    '# TYPE camd_request_seconds histogram',
    'camd_request_seconds_bucket{node="web",use="http/server",le="0.005"} 1',
    'camd_request_seconds_bucket{node="web",use="http/server",le="+Inf"} 2',
    'camd_request_seconds_sum{node="web",use="http/server"} 0.012',
    'camd_request_seconds_count{node="web",use="http/server"} 2',
    'camd_reloads_total 1',
    'camd_reload_last_ok 0',
    'camd_info{version="1.2.3"} 1',
  ]) {
    t.ok(text.split('\n').includes(line), line);
  }
});

t.test('a running camd is scraped', async (t) => {
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        gate: { use: source/test-pattern, size: 160x120, fps: 20 }
        latest: { use: cache/latest, from: gate }
        web: { use: http/server, listen: '127.0.0.1:0' }
        metrics: { use: http/metrics, on: web }
        snapshot: { use: http/snapshot, on: web, from: latest }
    `,
  );
  const { origin } = camd.port('web', 'server');
  await until(() => camd.status('latest').framesIn > 3, 'frames');

  const scrape = (): Promise<Response> => fetch(`${origin}/metrics`);
  // Servers count in batches: the first scrape may come before the count of itself.
  await until(
    async () => /camd_requests_total\{node="web"[^}]*\} [1-9]/.test(await (await scrape()).text()),
    'a count',
  );
  const response = await scrape();
  const lines = (await response.text()).split('\n');

  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const number = (start: string): number =>
    Number(
      lines
        .find((line) => line.startsWith(start))
        ?.split(' ')
        .at(-1),
    );
  t.ok(number('camd_frames_out_total{node="gate"') > 3);
  t.ok(number('camd_bytes_out_total{node="gate"') > 1000);
  t.ok(number('process_resident_memory_bytes') > 10_000_000);
  t.ok(number('nodejs_eventloop_delay_max_seconds') >= 0);
  t.ok(number('camd_requests_total{node="web"') >= 1);
  const malformed = lines.filter(
    (line) => line !== '' && !/^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [-+.\deEInfNa]+)$/.test(line),
  );
  t.same(malformed, []);
});

t.test('promtool accepts the output, and no metric appears twice', async (t) => {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        gate: { use: source/test-pattern, size: 640x480, fps: 30 }
        latest: { use: cache/latest, from: gate }
        kept: { use: store/disk, from: gate, path: pictures }
        web: { use: http/server, listen: '127.0.0.1:${port}' }
        metrics: { use: http/metrics, on: web }
        stream: { use: http/stream, on: web, from: latest }
        viewer: { use: http/viewer, on: web, from: latest }
        uploads: { use: source/http, on: web, path: '/up/{camera}', anyone: true }
        away: { use: upload/http, from: latest, url: 'http://127.0.0.1:9/', every: 1s }
        broker: { use: mqtt/broker, listen: '127.0.0.1:0', anonymous: {} }
        out: { use: mqtt/publish, from: latest, via: broker, topic: 'a/{camera}' }
    `,
  );
  const { origin } = camd.port('web', 'server');
  deafClient(t, port, 'GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => (camd.status('stream').metrics.viewer_frames_skipped_total ?? 0) > 0, 'a viewer that is too slow');
  await camd.daemon.reload();
  const text = await (await fetch(`${origin}/metrics`)).text();

  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const series = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
  const families = text.split('\n').filter((line) => line.startsWith('# TYPE'));

  t.equal(checked.error, undefined);
  t.equal(checked.stderr + checked.stdout, '');
  t.equal(checked.status, 0);
  t.equal(new Set(series).size, series.length);
  t.equal(new Set(families.map((line) => line.split(' ')[2])).size, families.length);
});
