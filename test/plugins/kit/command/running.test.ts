// The running camd that a command uses: the named one, the one that runs the profile, or the only one.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Args, EXIT, type Io, NotRunning, UsageError } from '../../../../core/cli/command.ts';
import { builtins } from '../../../../plugins/index.ts';
import { socketFor, unreachable } from '../../../../plugins/kit/command/running.ts';

const RUNS = 'camd: 1\npipeline: { web: { use: http/server } }\n';

/** The only folder that is searched for sockets of this user. */
function world(t: Test) {
  const cwd = mkdtempSync('/tmp/camd-run-');
  t.teardown(() => rmSync(cwd, { recursive: true, force: true }));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = cwd;
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const sockets = join(cwd, 'user/camd');
  mkdirSync(sockets, { recursive: true });
  const errors: string[] = [];
  const io = {
    cwd,
    env: { XDG_RUNTIME_DIR: join(cwd, 'user') },
    builtins,
    err: (text: string) => void errors.push(text),
  } as unknown as Io;
  return { cwd, sockets, io, errors };
}

const args = (given: Readonly<Record<string, string>>): Args => ({
  positionals: [],
  text: (flag) => given[flag],
  texts: () => [],
  on: () => false,
});

/** Answers like camd; undefined: like another program. */
async function answering(t: Test, path: string, profile: string | undefined): Promise<string> {
  const server = createServer((_request, response) => {
    response.end(profile === undefined ? 'hello' : JSON.stringify({ pid: 1, profile }));
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  t.teardown(() => void server.close());
  return path;
}

/** The error instead of a socket, with its kind. */
async function refusal(io: Io, given: Readonly<Record<string, string>>): Promise<string> {
  try {
    return `found ${await socketFor(io, args(given))}`;
  } catch (thrown) {
    if (thrown instanceof NotRunning) return `not running: ${thrown.message}`;
    return thrown instanceof UsageError ? `usage: ${thrown.message}` : String(thrown);
  }
}

/** A socket whose process has died. */
const dead = (path: string): void => writeFileSync(path, '');

t.test('a named socket is used unchanged, relative to the working folder', async (t) => {
  const { cwd, io } = world(t);

  t.equal(await socketFor(io, args({ socket: 'x.sock', config: 'none.yaml' })), join(cwd, 'x.sock'));
  t.equal(await socketFor(io, args({ socket: '/run/x.sock' })), '/run/x.sock');
});

t.test('the only one that answers is used; dead sockets do not count', async (t) => {
  const { sockets, io } = world(t);
  t.match(await refusal(io, {}), /^not running: No camd is running here\. Start one/);
  dead(join(sockets, 'old.sock'));
  t.match(await refusal(io, {}), /^not running: /);

  const only = await answering(t, join(sockets, 'shop.sock'), '/etc/shop.yaml');

  t.equal(await socketFor(io, args({})), only);
});

t.test('several are listed with their profiles, if they report them', async (t) => {
  const { sockets, io } = world(t);
  const first = await answering(t, join(sockets, 'a.sock'), '/etc/a.yaml');
  const other = await answering(t, join(sockets, 'b.sock'), undefined);

  t.equal(
    await refusal(io, {}),
    `usage: Several camd are running; choose one with --socket:\n  ${first}  runs /etc/a.yaml\n  ${other}`,
  );
});

t.test('a profile is found at its own socket, even if it is invalid now', async (t) => {
  const { cwd, sockets, io } = world(t);
  const own = await answering(t, join(cwd, 'own.sock'), '/another.yaml');
  const usual = await answering(t, join(sockets, 'broken.sock'), '/another.yaml');
  writeFileSync(join(cwd, 'shop.yaml'), `control: own.sock\n${RUNS}`);
  writeFileSync(join(cwd, 'broken.yaml'), 'camd: [');

  t.equal(await socketFor(io, args({ config: 'shop.yaml' })), own);
  t.equal(await socketFor(io, args({ config: 'broken.yaml' })), usual);
});

t.test('a profile that runs in another environment is found through the answers of the other sockets', async (t) => {
  const { cwd, sockets, io } = world(t);
  writeFileSync(join(cwd, 'shop.yaml'), RUNS);
  await answering(t, join(sockets, 'a.sock'), '/etc/shop.yaml');
  const place = join(sockets, 'shop.sock');
  t.equal(
    await refusal(io, { config: 'shop.yaml' }),
    `not running: No camd is running shop.yaml: no answer at ${place}.`,
  );

  const elsewhere = await answering(t, join(sockets, 'z.sock'), join(cwd, 'shop.yaml'));

  t.equal(await socketFor(io, args({ config: 'shop.yaml' })), elsewhere);
});

t.test('a profile without a control socket cannot be used', async (t) => {
  const { cwd, io } = world(t);
  writeFileSync(join(cwd, 'shop.yaml'), `control: false\n${RUNS}`);

  t.equal(await refusal(io, { config: 'shop.yaml' }), 'usage: shop.yaml has no control socket ("control: false")');
});

t.test('a missing answer is reported with its reason and exit code', (t) => {
  const { io, errors } = world(t);
  const failed = (code: string) => unreachable(io, '/s', Object.assign(new Error('connect failed'), { code }));

  t.equal(failed('ENOENT'), EXIT.notRunning);
  t.equal(failed('ECONNREFUSED'), EXIT.notRunning);
  t.equal(failed('EACCES'), EXIT.crashed);
  t.equal(failed('EPIPE'), EXIT.crashed);
  t.equal(unreachable(io, '/s', new Error('no answer')), EXIT.crashed);
  t.equal(unreachable(io, '/s', 'gone'), EXIT.crashed);
  t.strictSame(errors, [
    '/s: there is no such socket: no camd is running with it\n',
    '/s: no answer: the camd that created it is no longer running\n',
    '/s: only the user who runs camd may use it; try sudo\n',
    '/s: connect failed\n',
    '/s: no answer\n',
    '/s: gone\n',
  ]);
  t.end();
});
