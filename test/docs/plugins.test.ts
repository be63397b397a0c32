// docs/plugins.md is true: its code blocks are checked, documented, compiled and run as they are.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { camd, folderWith } from '../support/cli.ts';
import { type Ending, run } from '../support/harness.ts';
import { until } from '../support/until.ts';

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

t.test('the local plugin is validated, and its misspelt option is met with a suggestion', async (t) => {
  const cwd = shop(t);

  const good = await camd(['validate', 'shop.yaml'], { cwd });
  const wrong = await camd(['validate', 'wrong.yaml'], {
    cwd: folderWith(t, { 'nth.mjs': block('nth.mjs'), 'wrong.yaml': block('shop.yaml').replace('nth: 5', 'nht: 5') }),
  });

  t.same(good, { code: 0, out: 'shop.yaml: good, 5 nodes\n', err: '' });
  t.equal(wrong.code, 78);
  t.match(wrong.out, /wrong\.yaml:8:\d+ .*unknown-option/);
  t.match(wrong.out, /did you mean "nth"\?/);
});

t.test('camd plugins and camd schema know the local plugin', async (t) => {
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

  await until(() => running.status('seldom').framesOut >= 3, 'three pictures came through');
  const { framesIn, framesOut } = running.status('seldom');

  t.equal(framesOut, Math.ceil(framesIn / 5));
});

t.test('the package compiles against the published types and runs', async (t) => {
  const cwd = folderWith(t, {
    'plugin/package.json': block('package.json'),
    'plugin/index.ts': block('index.ts'),
    'profile/package.yaml': block('package.yaml'),
  });
  mkdirSync(join(cwd, 'node_modules'));
  for (const [name, target] of [
    ['camd', process.cwd()],
    ['camd-plugin-largest', join(cwd, 'plugin')],
  ] as const) {
    symlinkSync(target, join(cwd, 'node_modules', name));
  }
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--types', 'node'];
  const roots = ['--typeRoots', join(process.cwd(), 'node_modules/@types')];

  await promisify(execFile)(process.execPath, [tsc, ...flags, ...roots, '--outDir', 'dist', 'index.ts'], {
    cwd: join(cwd, 'plugin'),
  }).catch((thrown: { stdout?: string }) => t.fail(thrown.stdout ?? 'it does not compile'));

  const profile = join(cwd, 'profile/package.yaml');
  t.same(await camd(['validate', profile]), { code: 0, out: `${profile}: good, 2 nodes\n`, err: '' });
  t.equal(await runsUntil(t, profile, 'largest pictures'), 0);
});

/** The exit code of the binary, which is told to stop as soon as it has logged the message. */
async function runsUntil(t: Ending, profile: string, message: string): Promise<number | null> {
  const child = spawn(process.execPath, ['dist/camd.mjs', '--config', profile], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await until(() => output.includes(message) || child.exitCode !== null, `"${message}" in the log`);
  child.kill('SIGTERM');
  return exit;
}
