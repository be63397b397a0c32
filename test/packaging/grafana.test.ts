// packaging/grafana/camd.json: a real Prometheus scrapes an edge with an archive, and every query of the dashboard finds a series.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createFeed, makeCapture } from '../../testing/index.ts';
import { folderWith } from '../support/cli.ts';
import { postgres } from '../support/databases.ts';
import { dedent } from '../support/dedent.ts';
import { freePort } from '../support/free-port.ts';
import { run } from '../support/harness.ts';
import { natsServer } from '../support/nats-server.ts';
import { s3Server } from '../support/s3/server.ts';
import { until } from '../support/until.ts';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

t.setTimeout(120_000);
const dashboard = JSON.parse(readFileSync('packaging/grafana/camd.json', 'utf8')) as Dashboard;

t.test('every query of the dashboard finds a series when camd runs all nodes that the dashboard shows', async (t) => {
  const [s3, broker, database] = await Promise.all([
    s3Server(t),
    natsServer(t, { config: 'jetstream { store_dir: "FOLDER/js" }' }),
    postgres(t),
  ]);
  await s3.bucket('pictures');
  const feed = createFeed();
  const yaml = dedent`
    camd: 1
    control: false
    pipeline:
      nats: { use: nats/client, servers: '${broker.url}' }
      camera: { use: test/feed }
      latest: { use: cache/latest, from: camera, stale_after: 1h }
      spool: { use: store/spool, from: camera, path: spool, min_free: 0B }
      up: { use: upload/nats, from: spool, via: nats, site: site-1, by: stream }
      bucket: { use: store/s3, endpoint: '${s3.origin}', bucket: pictures, access_key: '${s3.accessKey}', secret_key: ${s3.secretKey} }
      worker: { use: archive/worker, into: bucket, via: nats, stream: PICTURES }
      turn: { use: lease/postgres, url: '${database.url}', name: grafana }
      web: { use: http/server, listen: 127.0.0.1:0 }
      metrics: { use: http/metrics, on: web, cameras: latest }
  `;
  const camd = await run(t, yaml, { plugins: [feed.plugin] });
  const port = await freePort();
  const folder = folderWith(t, {});
  const target = new URL(camd.port('web', 'server').origin).host;
  const config = `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: camd, static_configs: [{ targets: ['${target}'] }] }]\n`;
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  t.teardown(async () => {
    const gone = new Promise((resolve) => prometheus.once('exit', resolve));
    prometheus.kill('SIGKILL');
    await gone;
  });

  /** The number of series that a query finds, or its error. */
  const ask = async (expr: string): Promise<number | string> => {
    const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query })}`).catch(
      () => undefined,
    );
    // While Prometheus starts, it answers with plain text.
    if (reply?.status === 503) return 'no answer';
    const answer = (await reply?.json()) as
      | { status?: string; error?: string; data?: { result: unknown[] } }
      | undefined;
    return answer?.status === 'success' ? (answer.data?.result.length ?? 0) : (answer?.error ?? 'no answer');
  };
  for (let seed = 1; seed <= 3; seed++) await feed.send(makeCapture(seed));
  const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
  t.ok(queries.length > 20);

  for (const { title, expr } of queries) {
    let found: number | string = 0;
    await until(async () => {
      found = await ask(expr);
      return typeof found === 'number' ? found > 0 : found !== 'no answer';
    }, `a series for ${title}: ${expr}`);
    t.type(found, 'number', `${title}: ${expr}`);
  }
});
