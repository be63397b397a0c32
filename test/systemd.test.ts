// camd under a service manager: notifications, watchdog and passed sockets.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { createNotifier, watchdogPeriod } from '../core/service/systemd/notify.ts';
import { inheritedSockets } from '../core/service/systemd/sockets.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import type { Ending } from './support/harness.ts';
import { until } from './support/until.ts';

/** Stands where systemd would: one line of JSON for each message. */
const LISTENER = `
import json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
while True: print(json.dumps(s.recv(65536).decode()), flush=True)
`;

/** Opens a listener as systemd does for a .socket unit, and becomes the command. */
const ACTIVATOR = `
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=sys.argv[1], PORT=str(s.getsockname()[1]))
os.execvp(sys.argv[2], sys.argv[2:])
`;

const PROFILE = dedent`
  camd: 1
  pipeline:
    web: { use: http/server, listen: 127.0.0.1:0 }
    health: { use: http/health, on: web }
`;

interface Manager {
  readonly socket: string;
  /** The variables of each message that is not about the delivery itself. */
  readonly messages: readonly (readonly string[])[];
}

async function serviceManager(t: Ending): Promise<Manager> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-notify-'));
  const socket = join(folder, 'notify');
  const child: ChildProcess = spawn('python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: (readonly string[])[] = [];
  t.teardown(async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  if (!child.stdout) throw new Error('unreachable: stdout is a pipe');
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => {
    const message = String(JSON.parse(line))
      .split('\n')
      .filter((line) => line !== '');
    if (!message.includes('BARRIER=1')) messages.push(message);
  });
  return { socket, messages };
}

const messageWith = (manager: Manager, start: string): Promise<readonly string[]> =>
  until(
    () => manager.messages.find((lines) => lines.some((line) => line.startsWith(start))),
    `a message with ${start}`,
  );

t.test('camd notifies readiness, reloads and its stop', async (t) => {
  const manager = await serviceManager(t);
  const camd = await startDaemon(t, PROFILE, { env: { NOTIFY_SOCKET: manager.socket } });

  const ready = await messageWith(manager, 'READY=1');
  t.match(ready, ['READY=1', /^STATUS=2 of 2 nodes healthy/]);

  camd.write(PROFILE.replace('on: web', 'on: web, live: /alive'));
  camd.signal('SIGHUP');
  const reloading = await messageWith(manager, 'RELOADING=1');
  t.match(reloading, ['RELOADING=1', /^MONOTONIC_USEC=\d+$/], 'with the time that Type=notify-reload requires');
  await until(() => manager.messages.filter((lines) => lines.includes('READY=1')).length === 2, 'ready again');

  camd.signal('SIGTERM');
  t.equal(await camd.ended, 0);
  t.same(manager.messages.at(-1), ['STOPPING=1'], 'the last message is sent before the process ends');
});

t.test('the status names the failing node', async (t) => {
  const manager = await serviceManager(t);

  await startDaemon(t, `${PROFILE}  away: { use: source/tcp, connect: '127.0.0.1:1' }\n`, {
    env: { NOTIFY_SOCKET: manager.socket },
  });

  t.match(await messageWith(manager, 'STATUS=2 of 3 nodes healthy; away degraded'), [/away degraded: /]);
});

t.test('each refused reload is logged, and the status shows the reason until one is accepted', async (t) => {
  const manager = await serviceManager(t);
  const camd = await startDaemon(t, PROFILE, { env: { NOTIFY_SOCKET: manager.socket } });
  const refusals = () =>
    camd.lines.filter(({ msg }) => msg === 'profile not reloaded, the old one keeps running').length;

  for (const count of [1, 2, 3]) {
    camd.write(PROFILE.replace('use: http/server', 'use: http/sever'));
    camd.signal('SIGHUP');
    await until(() => refusals() === count, `refusal ${count} in the log`);
  }
  const refused = await messageWith(manager, 'STATUS=the last reload was refused: ');
  camd.write(PROFILE.replace('on: web', 'on: web, live: /alive'));
  camd.signal('SIGHUP');
  await until(
    () => manager.messages.at(-1)?.some((line) => line.startsWith('STATUS=2 of 2')),
    'the status to be healthy',
  );

  t.match(refused.join('\n'), /STATUS=the last reload was refused: .*; 2 of 2 nodes healthy/);
});

t.test('watchdog notifications come twice as often as required', async (t) => {
  const manager = await serviceManager(t);

  await startDaemon(t, PROFILE, { env: { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: '400000' } });

  const alive = () => manager.messages.filter((lines) => lines.includes('WATCHDOG=1')).length >= 3;
  await until(alive, 'three watchdog notifications');
});

t.test('a watchdog is served only where one is set for this process', async (t) => {
  t.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000' }, 7), 30_000);
  t.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 7), 30_000);
  t.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7), undefined);
  t.equal(watchdogPeriod({ WATCHDOG_USEC: '0' }, 7), undefined);
  t.equal(watchdogPeriod({ WATCHDOG_USEC: 'soon' }, 7), undefined);
  t.equal(watchdogPeriod({}, 7), undefined);
});

t.test('without a listener nothing is sent, and a listener that is gone causes no error', async (t) => {
  const sent: (readonly string[])[] = [];
  const alone = createNotifier({
    env: {},
    pid: 7,
    send: async (lines) => {
      sent.push(lines);
    },
  });
  const deaf = createNotifier({
    env: { NOTIFY_SOCKET: '/gone' },
    pid: 7,
    send: () => Promise.reject(new Error('gone')),
  });

  alone.ready(() => 'well');
  alone.stopping();
  await alone.close();
  deaf.ready(() => 'well');
  await deaf.close();

  t.same(sent, []);
});

t.test('messages are sent one after the other, and an unchanged status is not repeated', async (t) => {
  const sent: string[] = [];
  let sending = 0;
  const notifier = createNotifier({
    env: { NOTIFY_SOCKET: '/run/notify' },
    pid: 7,
    async send(lines) {
      t.equal(sending++, 0, 'one at a time');
      await Promise.resolve();
      sending--;
      sent.push(lines.join(' '));
    },
  });

  notifier.ready(() => '1 of 1 nodes healthy');
  notifier.status('1 of 1 nodes healthy');
  notifier.status('0 of 1 nodes healthy;\nx failed');
  notifier.stopping();
  await notifier.close();

  t.same(sent, ['READY=1 STATUS=1 of 1 nodes healthy', 'STATUS=0 of 1 nodes healthy; x failed', 'STOPPING=1']);
});

t.test('a listener that the service manager opened is taken over by the server of that name', async (t) => {
  const shell = `exec python3 -c '${ACTIVATOR}' web "$@"`;
  const camd = await startDaemon(t, PROFILE.replace('127.0.0.1:0', '127.0.0.1:9'), { shell });
  const port = /(?:^|\0)PORT=(\d+)/.exec(readFileSync(`/proc/${camd.pid}/environ`, 'utf8'))?.[1];

  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);

  t.equal(answer.status, 200);
  t.equal(await camd.origin('web'), `http://127.0.0.1:${port}`);
});

t.test('sockets that were meant for another process are left alone', async (t) => {
  const env = { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'web' };

  t.same(inheritedSockets(env, 7), [
    { name: 'web', fd: 3 },
    { name: 'unknown', fd: 4 },
  ]);
  t.same(inheritedSockets(env, 8), []);
  t.same(inheritedSockets({ ...env, LISTEN_FDS: 'many' }, 7), []);
  t.same(inheritedSockets({}, 7), []);
});

t.test('the shipped unit matches the behaviour of camd', async (t) => {
  const unit = readFileSync('packaging/systemd/camd.service', 'utf8');
  const settings = new Map(
    unit.split('\n').flatMap((line) => {
      const match = /^(\w+)=(.*)$/.exec(line);
      return match?.[1] ? [[match[1], match[2] ?? '']] : [];
    }),
  );

  t.equal(settings.get('Type'), 'notify');
  t.equal(settings.get('NotifyAccess'), 'all', 'messages come from a child');
  t.equal(settings.get('ExecReload'), `/bin/sh -c 'kill -HUP $MAINPID'`);
  t.equal(settings.get('RuntimeDirectory'), 'camd', 'the control socket is there');
  t.match(settings.get('RestartPreventExitStatus'), /\b78\b/, 'a wrong profile is not better for being read again');
});

t.test('the addition for stills names its profile and the heaps of libcamera', async (t) => {
  const unit = readFileSync('packaging/systemd/camd.service.d/pi-stills.conf', 'utf8');

  t.match(unit, /^ExecStart=\nExecStart=.* --config \/etc\/camd\/pi-stills\.yaml$/m, 'it replaces the command');
  t.match(unit, /^DeviceAllow=\/dev\/dma_heap\/linux,cma rw$/m);
});
