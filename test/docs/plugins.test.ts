// docs/plugins.md is true: its code blocks are checked, documented, compiled and run as they are.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import t from 'tap';
import { Fault } from '../../core/contract/problems.ts';
import { camd, folderWith } from '../support/cli.ts';
import { type Ending, run } from '../support/harness.ts';
import { sampleJpeg } from '../support/jpeg.ts';
import { installCopy, nodeTest } from '../support/own-copy.ts';
import { until } from '../support/until.ts';

const PICTURE = sampleJpeg();

/** Blocks whose first line names a file: name → text. */
function blocks(): Readonly<Record<string, string>> {
  const text = readFileSync('docs/plugins.md', 'utf8');
  const found = [...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)];
  return Object.fromEntries(found.map(([, name = '', body = '']) => [name, body]));
}

function block(name: string): string {
  const found = blocks()[name];
  if (found === undefined) throw new Error(`docs/plugins.md has no block ${name}`);
  return found;
}

function shop(t: Ending): string {
  return folderWith(t, { 'nth.mjs': block('nth.mjs'), 'shop.yaml': block('shop.yaml') });
}

t.test('camd validates the local plugin and suggests a name for its misspelt option', async (t) => {
  const cwd = shop(t);

  const good = await camd(['validate', 'shop.yaml'], { cwd });
  const wrong = await camd(['validate', 'wrong.yaml'], {
    cwd: folderWith(t, { 'nth.mjs': block('nth.mjs'), 'wrong.yaml': block('shop.yaml').replace('nth: 5', 'nht: 5') }),
  });

  t.same(good, { code: 0, out: 'shop.yaml: valid, 5 nodes\n', err: '' });
  t.equal(wrong.code, 78);
  t.match(wrong.out, /wrong\.yaml:8:\d+ .*unknown-option/);
  t.match(wrong.out, /did you mean "nth"\?/);
});

t.test('camd plugins and camd schema include the local plugin', async (t) => {
  const cwd = shop(t);

  const list = await camd(['plugins', '--config', 'shop.yaml'], { cwd });
  const page = await camd(['plugins', 'acme/nth', '--config', 'shop.yaml'], { cwd });
  const schema = await camd(['schema', '--config', 'shop.yaml'], { cwd });

  t.match(list.out, /acme\/nth +Passes on every n-th picture of each camera \(from \.\/nth\.mjs\)/);
  t.match(page.out, /nth {2}default 10/);
  t.match(page.out, 'use: acme/nth');
  const { definitions } = JSON.parse(schema.out);
  t.ok(definitions.node.properties.use.enum.includes('acme/nth'));
  t.match(definitions['acme/nth'].properties.nth.description, 'One picture in so many');
});

t.test('the local plugin runs and passes on one picture in five', async (t) => {
  const running = await run(t, block('shop.yaml').replace('127.0.0.1:8080', '127.0.0.1:0'), {
    files: { 'nth.mjs': block('nth.mjs') },
  });

  await until(() => running.status('seldom').framesOut >= 3, 'three pictures');
  const { framesIn, framesOut } = running.status('seldom');

  t.equal(framesOut, Math.ceil(framesIn / 5));
});

t.test('a picture on demand passes through the local plugin, which has no code for requests', async (t) => {
  const yaml = block('shop.yaml')
    .replace('127.0.0.1:8080', '127.0.0.1:0')
    .replace('{ use: source/test-pattern }', '{ use: source/test-pattern, mode: on_demand }')
    .concat('  snapshot: { use: http/snapshot, on: web, from: latest, path: /seldom.jpg }\n');
  const running = await run(t, yaml, { files: { 'nth.mjs': block('nth.mjs') } });

  const answer = await fetch(`${running.port('web', 'server').origin}/seldom.jpg`);

  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'image/jpeg');
});

for (const mode of ['always', 'on_demand']) {
  t.test(`the node changes the pictures of a source with mode ${mode}`, async (t) => {
    const yaml = block('signed.yaml')
      .replace('127.0.0.1:8080', '127.0.0.1:0')
      .replace('size: 320x240', `size: 320x240, mode: ${mode}`);
    const running = await run(t, yaml, { files: { 'signed.mjs': block('signed.mjs') } });
    const { origin } = running.port('web', 'server');

    const answer = await until(async () => {
      const response = await fetch(`${origin}/signed.jpg`);
      return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
    }, 'a picture');

    t.match(answer.subarray(6, 60).toString('latin1'), /^camera of the shop, \d{4}-\d{2}-\d{2}T/);
    const { info } = await sharp(answer, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    t.match(info, { width: 320, height: 240 }, 'sharp decodes it');
  });
}

t.test(
  'with its own copy of camd, the test of the local plugin passes, and fails when the plugin is wrong',
  async (t) => {
    const cwd = folderWith(t, { 'nth.mjs': block('nth.mjs'), 'nth.test.mjs': block('nth.test.mjs') });
    installCopy(cwd);

    const passed = await nodeTest(cwd);
    writeFileSync(join(cwd, 'nth.mjs'), block('nth.mjs').replace('count === 0 ?', 'count === 1 ?'));
    const failed = await nodeTest(cwd, 'one picture');

    t.equal(passed.code, 0, passed.out);
    t.match(passed.out, /ok \d+ - one picture in three is passed on/);
    t.equal(failed.code, 1);
  },
);

t.test('plugins with their own copy of camd count refused pictures and pass on pictures on demand', async (t) => {
  const cwd = folderWith(t, { 'archive.mjs': block('archive.mjs'), 'nth.mjs': block('nth.mjs') });
  installCopy(cwd);
  const folder = join(cwd, 'pictures');
  const copy = (await import(join(cwd, 'node_modules/camd/dist/plugin.mjs'))) as { readonly Fault: unknown };
  const camd = await run(
    t,
    `camd: 1
plugins: ['${cwd}/archive.mjs', '${cwd}/nth.mjs']
pipeline:
  web: { use: http/server, listen: 127.0.0.1:0 }
  door: { use: source/http, on: web, path: /in, anyone: true }
  archive: { use: acme/archive, from: door, folder: '${folder}' }
  yard: { use: source/test-pattern, size: 64x48, mode: on_demand }
  seldom: { use: acme/nth, from: yard, nth: 5 }
  latest: { use: cache/latest, from: seldom }
  snapshot: { use: http/snapshot, on: web, from: latest, path: /yard.jpg }
`,
  );
  const { origin } = camd.port('web', 'server');
  const post = (): Promise<Response> =>
    fetch(`${origin}/in`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: new Uint8Array(PICTURE),
    });

  const refused = await post();
  const refusing = camd.status('archive');
  mkdirSync(folder);
  const taken = await post();
  const snapshot = await fetch(`${origin}/yard.jpg`);

  t.not(copy.Fault, Fault, 'the plugins have another copy of camd');
  t.equal(refused.status, 503);
  t.match(await refused.json(), { error: /send it again/ });
  t.match(refusing, { refused: 1, restarts: 0, state: { is: 'degraded', why: /takes no picture \(ENOENT\)\.$/ } });
  t.equal(taken.status, 200);
  t.match(camd.status('archive'), { refused: 1, restarts: 0, state: { is: 'running' } });
  t.ok(PICTURE.equals(readFileSync(join(folder, readdirSync(folder)[0] ?? ''))));
  t.equal(snapshot.status, 200);
  t.equal(snapshot.headers.get('content-type'), 'image/jpeg');
});

t.test('camd validate runs the check of the documented plugin and reports the line of the mistake', async (t) => {
  const cwd = folderWith(t, {
    'archive.mjs': block('archive.mjs'),
    'wrong.yaml': `camd: 1
plugins: [./archive.mjs]
pipeline:
  camera: { use: source/test-pattern }
  archive: { use: acme/archive, from: camera, folder: pictures, name: newest.jpg }
`,
  });
  installCopy(cwd);

  const wrong = await camd(['validate', 'wrong.yaml'], { cwd });

  t.equal(wrong.code, 78);
  t.match(wrong.out, /wrong\.yaml:5:\d+ .*wrong-value/);
  t.match(wrong.out, 'each picture would overwrite the one before');
});

t.test('the package compiles against the published types and runs', async (t) => {
  const cwd = await packageOf(t, 'camd-plugin-largest', { 'index.ts': block('index.ts') });
  const profile = join(cwd, 'profile.yaml');
  writeFileSync(profile, block('package.yaml'));

  t.same(await camd(['validate', profile]), { code: 0, out: `${profile}: valid, 2 nodes\n`, err: '' });
  await t.resolves(runsUntil(t, profile, 'largest pictures'));
});

t.test('a source built on camd/kit fetches pictures over HTTP and continues after a bad response', async (t) => {
  const cwd = await packageOf(t, 'camd-plugin-still', {
    'index.ts': block('still.ts'),
    'largest.ts': block('index.ts'),
  });
  let answers = 0;
  const camera = createServer((_request, response) => {
    // The second response is no picture: the source must report that and request the next one.
    response.end(++answers === 2 ? 'no picture' : PICTURE);
  });
  await new Promise<void>((resolve) => camera.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void camera.close());
  const { port } = camera.address() as AddressInfo;
  const profile = join(cwd, 'profile.yaml');
  writeFileSync(
    profile,
    `camd: 1
plugins: [camd-plugin-still, ./node_modules/camd-plugin-still/dist/largest.js]
pipeline:
  porch: { use: acme/still, url: 'http://127.0.0.1:${port}/', every: 100ms }
  largest: { use: acme/largest, from: porch, every: 100ms }
`,
  );

  t.same(await camd(['validate', profile]), { code: 0, out: `${profile}: valid, 2 nodes\n`, err: '' });
  await t.resolves(runsUntil(t, profile, `"porch":${PICTURE.length}`, () => answers > 3));
});

/** A folder in which this package and camd itself are installed; `sources` are compiled against the published types. */
async function packageOf(t: Ending, name: string, sources: Readonly<Record<string, string>>): Promise<string> {
  const files = Object.entries(sources).map(([file, text]) => [`plugin/${file}`, text]);
  const cwd = folderWith(t, {
    'plugin/package.json': block('package.json').replace('camd-plugin-largest', name),
    ...Object.fromEntries(files),
  });
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(process.cwd(), join(cwd, 'node_modules/camd'));
  symlinkSync(join(cwd, 'plugin'), join(cwd, 'node_modules', name));
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--types', 'node'];
  const roots = ['--typeRoots', join(process.cwd(), 'node_modules/@types')];
  const compile = [tsc, ...flags, ...roots, '--outDir', 'dist', ...Object.keys(sources)];
  await promisify(execFile)(process.execPath, compile, { cwd: join(cwd, 'plugin') }).catch(
    (thrown: { stdout?: string }) => {
      throw new Error(`it does not compile: ${thrown.stdout}`);
    },
  );
  return cwd;
}

/** Runs the binary until it has logged the message, and stops it with SIGTERM. Rejects with its output if its exit code is not 0. */
async function runsUntil(t: Ending, profile: string, message: string, also: () => boolean = () => true): Promise<void> {
  const child = spawn(process.execPath, ['dist/camd.mjs', '--config', profile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: dirname(profile), XDG_RUNTIME_DIR: dirname(profile) },
  });
  t.teardown(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await until(() => (output.includes(message) && also()) || child.exitCode !== null, `"${message}" in the log`);
  child.kill('SIGTERM');
  const code = await exit;
  if (code !== 0) throw new Error(`camd ended with ${code}:\n${output}`);
}
