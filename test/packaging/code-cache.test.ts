// The built program starts from V8's code cache, and also without a cache or with an invalid one.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import t from 'tap';

/** The built program in a separate folder, with the files that it reads. */
const folder = t.testdir();
for (const name of ['schemas', 'node_modules', 'package.json'])
  symlinkSync(join(process.cwd(), name), join(folder, name));
cpSync('dist', join(folder, 'dist'), { recursive: true, filter: (path) => !path.endsWith('code-cache.bin') });
const file = join(folder, 'dist/code-cache.bin');
const profile = join(folder, 'profile.yaml');
writeFileSync(profile, 'camd: 1\npipeline: { still: { use: source/test-pattern } }\n');

/** Counts the modules that V8 took from the cache and those whose cached code it refused. */
const SPY = join(folder, 'spy.cjs');
writeFileSync(
  SPY,
  `const vm = require('node:vm');
const { Script } = vm;
let had = 0, refused = 0;
vm.Script = function (text, options) {
  const script = new Script(text, options);
  if (script.cachedDataRejected === false) had++;
  if (script.cachedDataRejected === true) refused++;
  return script;
};
require('node:module').syncBuiltinESMExports();
process.on('exit', () => require('node:fs').writeSync(2, JSON.stringify({ had, refused })));
`,
);

interface Ran {
  readonly out: string;
  readonly had: number;
  readonly refused: number;
}

function validate(...flags: string[]): Ran {
  const argv = [...flags, '--require', SPY, join(folder, 'dist/camd.mjs'), 'validate', profile];
  const { stdout, stderr, status } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  return { out: stdout, ...(JSON.parse(stderr) as Omit<Ran, 'out'>) };
}

t.test('camd runs without a code cache', (t) => {
  t.notOk(existsSync(file));
  const { out, had, refused } = validate();
  t.match(out, 'valid, 1 node');
  t.match({ had, refused }, { had: 0, refused: 0 });
  t.end();
});

t.test('code-cache.mjs writes a cache that contains every module', (t) => {
  const result = spawnSync(process.execPath, [join(folder, 'dist/code-cache.mjs')], { encoding: 'utf8' });
  t.equal(result.status, 0);
  t.equal(result.stdout + result.stderr, '', 'no output');
  const { had, refused } = validate();
  t.ok(had > 20, `${had} modules`);
  t.equal(refused, 0);
  t.end();
});

t.test('V8 refuses code compiled under other flags, and camd runs', (t) => {
  const { out, had, refused } = validate('--no-opt');
  t.match(out, 'valid, 1 node');
  t.equal(had, 0);
  t.ok(refused > 20, `${refused} modules`);
  t.end();
});

t.test('code of another build is not used, although V8 would accept it for a source of the same length', (t) => {
  const whole = readFileSync(file);
  const end = whole.indexOf('\n');
  const head = JSON.parse(whole.toString('latin1', 0, end)) as { build: string };
  const other = JSON.stringify({ ...head, build: `${head.build.slice(1)}0` });
  writeFileSync(file, Buffer.concat([Buffer.from(other), whole.subarray(end)]));
  const { out, had, refused } = validate();
  t.match(out, 'valid, 1 node');
  t.match({ had, refused }, { had: 0, refused: 0 });
  writeFileSync(file, whole);
  t.end();
});

t.test('a truncated, empty or foreign code cache does no harm', (t) => {
  const size = readFileSync(file).length;
  for (const bytes of [size - 1000, size >> 1, 5000, 10, 0]) {
    truncateSync(file, bytes);
    t.match(validate().out, 'valid, 1 node', `${bytes} bytes`);
  }
  writeFileSync(file, 'something else\n');
  t.match(validate().out, 'valid, 1 node');
  rmSync(file);
  t.end();
});

t.test('every module is ASCII, since it is read with one byte per character', (t) => {
  const modules = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.cjs'));
  t.ok(modules.length > 100);
  const others = modules.filter((path) => readFileSync(join('dist', path)).some((byte) => byte > 0x7f));
  t.same(others, []);
  const quoted = join(folder, 'quoted.yaml');
  writeFileSync(quoted, 'camd: 1\npipeline: { still: { use: source/test-pattern, camera: “door” } }\n');
  const { stdout } = spawnSync(process.execPath, ['dist/camd.cjs', 'validate', quoted], { encoding: 'utf8' });
  t.match(stdout, 'typographic quotes');
  t.end();
});

t.test('a module that throws is not half loaded the next time', (t) => {
  writeFileSync(
    join(folder, 'dist/broken.cjs'),
    "(function (exports) { exports.early = 1; throw new Error('a package is missing'); })",
  );
  const twice = `import loader from './dist/loader.cjs';
for (const time of [1, 2]) try { console.log(time, loader.load('broken.cjs')); } catch ({ message }) { console.log(time, message); }`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', twice], { cwd: folder, encoding: 'utf8' });
  t.equal(out, '1 a package is missing\n2 a package is missing\n');
  t.end();
});

t.test('a code cache is not written if its first line is too long to be read', async (t) => {
  Object.assign(globalThis, { CAMD_BUILD: 'test' });
  const { openCodeCache, writeCodeCache } = await import('../../packaging/loader/code-cache.ts');
  const few = t.testdir();
  const script = new Script('1');
  const named = (count: number) =>
    new Map(Array.from({ length: count }, (_, index) => [`chunks/${index}-${'x'.repeat(40)}.cjs`, script]));
  writeCodeCache(few, named(500));
  t.ok(openCodeCache(few)(`chunks/499-${'x'.repeat(40)}.cjs`));
  t.throws(() => writeCodeCache(few, named(2000)), /at most 65536 are read/);
});

t.test('a third-party plugin shares the modules of the program, and is imported as an ES module', (t) => {
  writeFileSync(
    join(folder, 'own.mjs'),
    `import { isFault, misuse } from 'camd/plugin';
await Promise.resolve();
export default {
  use: 'own/thing', schema: { title: 'own/thing', type: 'object', properties: {} },
  start() { const fault = misuse('own', 'the fault of this plugin is known: ' + isFault(misuse('a', 'b'))); throw fault; },
};
`,
  );
  writeFileSync(join(folder, 'third.yaml'), 'camd: 1\nplugins: [./own.mjs]\npipeline: { thing: { use: own/thing } }\n');
  const out = execFileSync(
    process.execPath,
    [join(folder, 'dist/camd.mjs'), 'plugins', '--config', join(folder, 'third.yaml')],
    {
      encoding: 'utf8',
    },
  );
  t.match(out, 'own/thing');
  t.end();
});
