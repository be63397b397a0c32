// One run of a command: its output, its exit message, and its stdin.

import t from 'tap';
import { startChild } from '../../../../plugins/kit/process/child.ts';
import { type CommandOptions, createCommand } from '../../../../plugins/kit/process/command.ts';
import { fake } from '../../../support/fake-source.ts';
import { until } from '../../../support/until.ts';

const never = new AbortController().signal;
const sh = (script: string): readonly string[] => ['sh', '-c', script];

function command(script: string, more: Partial<CommandOptions> = {}) {
  const world = fake();
  const made = createCommand(world.node, { command: sh(script), grace: 5000, ...more });
  let output = '';
  const run = async (signal = never) => {
    output = '';
    const end = await made.run(signal, (chunk) => {
      output += chunk.toString();
    });
    return end(output.length);
  };
  return { made, world, run, output: () => output };
}

t.test('the exit message of a command includes the bytes written and its last error line', async (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['printf abc', 'abc', 'The command sh ended with status 0.'],
    ['exit 3', '', 'The command sh ended with status 3 and wrote no bytes.'],
    [
      'echo "no camera: error" >&2; echo bye >&2',
      '',
      'The command sh ended with status 0 and wrote no bytes; it said: no camera: error',
    ],
    ['printf x; kill -9 $$', 'x', 'The command sh was ended by SIGKILL.'],
  ];
  for (const [script, wrote, message] of cases) {
    const { run, output, world } = command(script);
    t.match(await run(), { code: 'command-ended', blame: 'environment', message });
    t.equal(output(), wrote);
    t.equal(world.counts.get('starts_total'), 1);
  }
});

t.test('a given name and explanation replace the general ones', async (t) => {
  const explain = (line: string) => (line === 'E7' ? 'The lens is closed.' : undefined);

  t.equal(command('').made.what, 'The command sh');
  t.match(await command('exit 1', { what: 'The camera' }).run(), { message: /^The camera ended with status 1/ });
  t.match(await command('echo E7 >&2', { explain }).run(), { message: 'The lens is closed.' });
  t.match(await command('echo E8 >&2', { explain }).run(), { message: /it said: E8$/ });
});

t.test('error lines of an earlier run do not explain the end of a later one', async (t) => {
  const folder = t.testdir({});
  const { run } = command(`test -e ${folder}/x || { touch ${folder}/x; echo error >&2; }`);

  t.match(await run(), { message: /it said: error$/ });
  t.match(await run(), { message: 'The command sh ended with status 0 and wrote no bytes.' });
});

t.test('a command runs in its folder with its variables', async (t) => {
  const { run, output } = command('echo "$PWD $A"', { cwd: '/', env: { A: 'b' } });
  await run();
  t.equal(output(), '/ b\n');
});

t.test('a command ends with its signal, also with an already aborted one', async (t) => {
  const control = new AbortController();
  const { run, output } = command('echo up; exec sleep 600');
  const running = run(control.signal);
  await until(() => output() !== '', 'the start');
  control.abort();
  t.match(await running, { message: 'The command sh was ended by SIGTERM.' });
  t.match(await run(AbortSignal.abort()), { message: /was ended by SIGTERM/ });
});

async function reader(script: string, input = true) {
  let output = '';
  const child = await startChild({
    argv: sh(script),
    grace: 60_000,
    input,
    onOutput: (chunk) => {
      output += chunk.toString();
    },
    onErrorLine: () => {},
  });
  t.teardown(() => void child.stop());
  return { child, output: () => output };
}

t.test('data written to a program arrives in order, and its stdin ends once', async (t) => {
  const { child, output } = await reader('cat');
  child.write('one ');
  t.equal(await child.feed(Buffer.from('two ')), true);
  t.equal(await child.feed(Buffer.alloc(500_000, 'x')), true, 'more than the capacity of a pipe');
  child.finish();
  t.same(await child.ended, { code: 0, signal: null });
  t.equal(output().length, 500_008);
  t.ok(output().startsWith('one two xxx'));
  t.equal(await child.feed(Buffer.from('late')), false);
  t.doesNotThrow(() => child.write('late'));
});

t.test('a program without a stdin accepts no data, and one that ends does not block its writer', async (t) => {
  const { child } = await reader('sleep 600', false);
  t.equal(await child.feed(Buffer.from('x')), false);
  child.signal('SIGTERM');
  t.same(await child.ended, { code: null, signal: 'SIGTERM' });

  const deaf = await reader('sleep 0.2');
  t.equal(await deaf.child.feed(Buffer.alloc(1_000_000)), false);
});

t.test('the stop message is written before SIGTERM', async (t) => {
  const { child, output } = await reader('read line; echo "got $line"');
  const stopped = child.stop(() => child.write('bye\n'));
  t.same(await stopped, { code: 0, signal: null });
  t.equal(output(), 'got bye\n');
  t.same(await child.stop(), { code: 0, signal: null }, 'a second stop returns the same end');
});
