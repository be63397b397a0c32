// The files for containers, as far as they can be checked without an engine; docs/container.md shows a build and a run.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { startDaemon } from '../support/daemon.ts';

const FOLDER = 'packaging/container';
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

/** Instructions with their arguments; continued lines are joined. */
const instructions = read('Containerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .flatMap((line): [string, string][] => {
    const match = /^([A-Z]+) (.*)$/.exec(line);
    return match ? [[match[1] ?? '', match[2] ?? '']] : [];
  });
const last = (name: string): string => instructions.findLast(([item]) => item === name)?.[1] ?? '';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Resource {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly template?: {
      readonly spec: {
        readonly securityContext: { readonly runAsUser: number };
        readonly containers: readonly [
          {
            readonly ports: readonly [{ readonly name: string; readonly containerPort: number }];
            readonly startupProbe: Probe;
            readonly livenessProbe: Probe;
            readonly readinessProbe: Probe;
            readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
          },
        ];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}
const manifest = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
  t.same(document.errors, []);
  return document.toJS() as Resource;
});

interface Pipeline {
  readonly pipeline: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const profile = parse(read('camd/camd.yaml')) as Pipeline;

t.test('the image runs as a numeric user, with one volume, and stops by a signal that camd handles', async (t) => {
  t.match(last('USER'), /^[1-9]\d*:[1-9]\d*$/, 'runAsNonRoot needs a number');
  t.same(
    instructions.filter(([name]) => name === 'VOLUME'),
    [['VOLUME', '/var/lib/camd']],
  );
  t.equal(last('STOPSIGNAL'), 'SIGTERM');
  t.match(last('ENV'), `STATE_DIRECTORY=${last('VOLUME')}`);
  t.equal(last('EXPOSE'), '8080');
});

t.test('the build uses scripts and packages that exist', async (t) => {
  const { scripts, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const runs = instructions.filter(([name]) => name === 'RUN').map(([, line]) => line);

  for (const [, script = ''] of runs.join('\n').matchAll(/npm run (\S+)/g)) t.ok(scripts[script], script);
  const [, names = ''] = /plugins install (.*)$/m.exec(runs.join('\n')) ?? [];
  for (const name of names.split(' ')) t.ok(optionalDependencies[name], name);
  t.match(readFileSync('packaging/package.ts', 'utf8'), '_all.deb', 'COPY --from=build copies it');
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
  for (const path of ['core', 'plugins', 'schemas', 'packaging', 'configs']) t.notOk(ignored.includes(path), path);
});

t.test('the health check succeeds for a running camd and fails without one', async (t) => {
  const [, json = ''] = /CMD (\[.*\])$/.exec(last('HEALTHCHECK')) ?? [];
  const [command, ...argv] = JSON.parse(json) as string[];
  const camd = await startDaemon(t, read('camd/camd.yaml').replace('0.0.0.0:8080', '127.0.0.1:0'));
  // The image's ENV names the folder of the control socket; the profile is at its mount point.
  const env = { PATH: process.env.PATH, RUNTIME_DIRECTORY: join(camd.folder, 'camd') };
  const check = () => {
    const own = ['dist/camd.mjs', ...argv.map((item) => (item === '/etc/camd/camd.yaml' ? camd.file : item))];
    return promisify(execFile)(process.execPath, own, { env }).then(
      () => 'healthy',
      () => 'unhealthy',
    );
  };

  t.equal(command, 'camd');
  t.equal(await check(), 'healthy');
  camd.signal('SIGTERM');
  await camd.ended;
  t.equal(await check(), 'unhealthy');
});

t.test('the manifest for Kubernetes uses the profile, the port, the paths and the user of the image', async (t) => {
  const [map, deployment, service] = ['ConfigMap', 'Deployment', 'Service'].map((kind) =>
    manifest.find((item) => item.kind === kind),
  );
  const pod = deployment?.spec?.template?.spec;
  const container = pod?.containers[0];
  const own = parse(map?.data?.['camd.yaml'] ?? '') as Pipeline;
  const port = container?.ports[0];

  t.same(own.pipeline, { ...profile.pipeline, health: { ...profile.pipeline.health, optional: ['gate'] } });
  t.match(String(own.pipeline.web?.listen), new RegExp(`:${port?.containerPort}$`));
  t.same(
    service?.spec?.ports?.map(({ targetPort }) => targetPort),
    [port?.name],
  );
  t.equal(container?.startupProbe.httpGet.path, '/healthz');
  t.equal(container?.livenessProbe.httpGet.path, '/healthz');
  t.equal(container?.readinessProbe.httpGet.path, '/readyz');
  for (const probe of [container?.startupProbe, container?.livenessProbe, container?.readinessProbe])
    t.equal(probe?.httpGet.port, port?.name);
  t.equal(`${pod?.securityContext.runAsUser}`, last('USER').split(':')[0]);
  const volumes = pod?.volumes.map(({ name }) => name);
  for (const { name } of container?.volumeMounts ?? []) t.ok(volumes?.includes(name), name);
  t.same(
    container?.volumeMounts.map(({ mountPath }) => mountPath),
    ['/etc/camd', last('VOLUME'), '/tmp'],
  );
});

t.test('the compose files mount existing paths, and publish the port of the profile', async (t) => {
  const compose = parse(read('compose.yaml'));
  const cameras = parse(read('compose.cameras.yaml'));
  const { camd } = compose.services;

  t.ok(existsSync(join(FOLDER, camd.build.context, camd.build.dockerfile)));
  for (const volume of camd.volumes as string[]) {
    const [from = '', to] = volume.split(':');
    if (from.startsWith('.')) t.ok(existsSync(join(FOLDER, from, 'camd.yaml')), from);
    else t.same([to, from in compose.volumes], [last('VOLUME'), true]);
  }
  t.same(camd.ports, ['127.0.0.1:8080:8080']);
  t.match(profile.pipeline.web?.listen, /:8080$/);
  t.equal(camd.read_only, true);
  t.same(Object.keys(cameras.services), ['camd']);
});
