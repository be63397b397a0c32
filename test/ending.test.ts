// Start and stop of camd: early and repeated signals, nodes that do not stop, plugins that crash it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type DaemonProcess, startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { until } from './support/until.ts';

/** A plugin with this start; `mark(name)` makes a file in the folder of the profile, `marked(name)` waits for one. */
const plugin = (start: string): string => dedent`
  import { existsSync, writeFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';

  const at = (name) => new URL('./' + name, import.meta.url);
  const mark = (name) => writeFileSync(at(name), '');
  const marked = async (name) => { while (!existsSync(at(name))) await sleep(10); };

  export default {
    use: 'test/odd',
    schema: {
      title: 'test/odd', summary: 'Odd', description: 'Odd.', provides: [],
      type: 'object', additionalProperties: false, examples: [],
      properties: { after: { description: 'A node.', type: 'string', reference: { ports: [] } } },
    },
    async start(node) { ${start} },
  };
`;

const profile = (extra = ''): string => dedent`
  camd: 1
  plugins: [./odd.mjs]
  pipeline:
    odd: { use: test/odd }
    camera: { use: source/test-pattern, fps: 20, size: 160x120 }
    latest: { use: cache/latest, from: camera }
    ${extra}
`;

const marked = (daemon: DaemonProcess, name: string) =>
  until(() => existsSync(join(daemon.folder, name)), `the plugin to make ${name}`);
const mark = (daemon: DaemonProcess, name: string): void => writeFileSync(join(daemon.folder, name), '');

t.test('SIGHUP reloads, also when it comes before camd is up; SIGTERM ends it cleanly', async (t) => {
  const files = { 'odd.mjs': plugin(`mark('starting'); await marked('go');`) };
  const daemon = await startDaemon(t, profile(), { wait: false, files });
  await marked(daemon, 'starting');
  daemon.signal('SIGHUP');
  mark(daemon, 'go');
  await daemon.line('camd is up');
  await daemon.line('profile reloaded');

  daemon.write(profile('extra: { use: source/test-pattern }'));
  daemon.signal('SIGHUP');
  await daemon.line('profile reloaded', { added: 1 });
  daemon.signal('SIGTERM');

  t.equal(await daemon.ended, 0);
  t.equal(daemon.lines.at(-1)?.msg, 'camd has stopped');
  t.notOk(existsSync(daemon.socket));
});

t.test('SIGTERM ends camd while a node is still starting', async (t) => {
  const files = { 'odd.mjs': plugin(`mark('starting'); await marked('never');`) };
  const daemon = await startDaemon(t, profile(), { wait: false, files });
  await marked(daemon, 'starting');
  await daemon.line('node is running', { node: 'camera' });

  daemon.signal('SIGTERM');

  t.equal(await daemon.ended, 0);
  t.same(
    daemon.lines.slice(-2).map((line) => line.msg),
    ['camd is stopping', 'camd has stopped'],
  );
});

t.test('a node that does not stop is named and left behind; a second signal does not wait', async (t) => {
  const files = { 'odd.mjs': plugin(`node.defer(() => new Promise(() => {}));`) };
  const many = profile('second: { use: test/odd, after: odd }\n    third: { use: test/odd, after: second }');
  const [patient, hasty, hopeless] = await Promise.all([
    startDaemon(t, profile(), { files }),
    startDaemon(t, profile(), { files }),
    startDaemon(t, many, { files }),
  ]);

  hopeless.signal('SIGTERM');
  patient.signal('SIGINT');
  // As npm does: it passes on what the terminal has sent to all.
  patient.signal('SIGINT');
  hasty.signal('SIGINT');
  await hasty.line('camd is stopping');
  const nagging = setInterval(() => hasty.signal('SIGINT'), 100);
  t.teardown(() => clearInterval(nagging));

  t.equal(await hasty.ended, 1);
  t.equal(hasty.lines.at(-1)?.msg, 'camd exits at once');
  t.equal(await patient.ended, 0);
  t.match(patient.lines.at(-2), { node: 'odd', msg: 'node did not stop in time and was abandoned' });
  t.equal(await hopeless.ended, 1);
  const last = hopeless.lines.at(-1);
  t.equal(last?.msg, 'camd did not stop in time and exits now');
  t.match(String(last?.nodes), /odd/, 'it names those that are left');
});

t.test(
  'what a plugin throws outside of everything ends camd in order, with its children, and says what it was',
  async (t) => {
    const files = {
      'odd.mjs': plugin(`marked('go').then(() => setTimeout(() => { throw new Error('out of the blue'); }));`),
    };
    const daemon = await startDaemon(t, profile(`child: { use: source/exec, command: [sleep, '3600'] }`), { files });
    const child = await until(() => childOf(daemon.pid, 'sleep'), 'the child process');

    mark(daemon, 'go');

    t.equal(await daemon.ended, 1);
    const crash = daemon.lines.find((line) => line.msg === 'camd has crashed and stops: a bug in camd or in a plugin');
    t.match(crash?.cause, /out of the blue[\s\S]*odd\.mjs/);
    t.equal(daemon.lines.at(-1)?.msg, 'camd has stopped');
    t.notOk(existsSync(`/proc/${child}`));
  },
);

/** proc(5): the child of the main thread that runs this program. */
function childOf(pid: number, program: string): string | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith(`${program}\0`));
}
