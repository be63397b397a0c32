// `camd reload --dry-run` and the old and new values that a reload prints; --set, --watch and --log-level of a running camd.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import t from 'tap';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { until } from './support/until.ts';

const SECRET = 'first-secret-word';

const profile = (fps: number, secret = SECRET, extra = ''): string => dedent`
  camd: 1
  pipeline:
    camera: { use: source/test-pattern, fps: ${fps}, size: 160x120 }
    latest: { use: cache/latest, from: camera }
    web: { use: http/server, listen: '127.0.0.1:0', auth: { basic: { users: { me: ${secret} } }, public: ['/stream.mjpg'] } }
    stream: { use: http/stream, on: web, from: latest, path: /stream.mjpg }
    ${extra}
`;

t.test('a rehearsal prints the plan with old and new values and touches nothing', async (t) => {
  const daemon = await startDaemon(t, profile(20));
  const ask = (...argv: string[]) => camd([...argv, '--socket', daemon.socket]);
  const stream = await open(`${await daemon.origin('web')}/stream.mjpg`);
  t.teardown(() => stream.destroy());
  let bytes = 0;
  stream.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  daemon.write(profile(5, 'other-secret-word', 'extra: { use: source/test-pattern }'));

  const { code, out } = await ask('reload', '--dry-run');

  t.equal(code, 0);
  t.match(out, /^starts {4}extra$/m);
  t.match(out, /^replaces {2}camera\n {12}fps: 20 -> 5$/m);
  t.match(out, /^replaces {2}web\n {12}auth\.basic\.users\.me: \*{3} -> \*{3} \(another secret\)$/m);
  t.match(out, /^keeps {5}2 nodes\nnothing was changed \(--dry-run\)\n$/m);
  t.notMatch(out, /secret-word/);
  const status = JSON.parse((await ask('status', '--json')).out);
  t.equal(status.reloads.count, 0);
  t.equal(status.nodes.length, 4);
  const before = bytes;
  await until(() => bytes > before + 20_000, 'pictures of the stream');
  t.notOk(stream.destroyed);

  t.test('the reload itself prints the same values', async (t) => {
    const { out } = await ask('reload');

    t.match(out, /^started {3}extra$/m);
    t.match(out, /^replaced {2}camera\n {12}fps: 20 -> 5$/m);
    t.notMatch(out, /secret-word|dry-run/);
    t.match(await ask('reload', '--dry-run'), { code: 0, out: 'keeps     5 nodes\nnothing was changed (--dry-run)\n' });
  });

  t.test(
    'a rehearsal of an invalid profile exits 78 with its problems, and the status knows no failed reload',
    async (t) => {
      daemon.write(profile(5).replace('cache/latest', 'cache/lates'));

      t.match(await ask('reload', '--dry-run'), {
        code: 78,
        err: /did you mean "cache\/latest"[\s\S]*would be refused/,
      });
      t.notMatch((await ask('status')).out, /failed/);
    },
  );
});

t.test('options of the command line hold after a reload', async (t) => {
  const daemon = await startDaemon(t, profile(20), {
    options: ['--set', 'pipeline.camera.size=320x240', '--log-level', 'debug', '--watch'],
  });
  const size = async () => (await camd(['tap', 'camera', '-n', '1', '--socket', daemon.socket])).out;

  t.match(await size(), /320x240/);
  daemon.write(profile(10));
  await daemon.line('profile reloaded', { replaced: 1 });
  t.match(await size(), /320x240/);
  t.ok(daemon.lines.some(({ level }) => level === 'debug'));
});

async function open(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  return response;
}
