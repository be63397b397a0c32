// Boots a virtual machine over this computer's files and runs commands in it: systemd, D-Bus, polkit, udev and a kernel of its own.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { until } from '../support/until.ts';
import { obtainKernel } from './kernel.ts';

export interface MachineOptions {
  /** Kernel modules with their parameters: "vivid n_devs=1 node_types=0x1". */
  readonly modules?: readonly string[];
  /** Units to start before the machine counts as up: "polkit.service". */
  readonly units?: readonly string[];
  /** Ports of the machine that are reached from outside. */
  readonly ports?: readonly number[];
  /** MiB. */
  readonly memory?: number;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** root by default. */
  readonly user?: string;
  readonly cwd?: string;
  readonly input?: string;
  /** Seconds; software emulation needs ten times the patience of a real machine. */
  readonly timeout?: number;
}

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Program {
  readonly pid: number;
  /** What it has printed so far, stdout and stderr alike. */
  readonly lines: readonly string[];
  /** The first line that matches, from that line on; waits for it. */
  line(pattern: RegExp, from?: number): Promise<string>;
  signal(name: NodeJS.Signals): Promise<void>;
  readonly ended: Promise<number>;
}

export interface Machine {
  /** Seen inside as /shared, writable on both sides. */
  readonly shared: string;
  run(argv: readonly string[], options?: CommandOptions): Promise<Result>;
  /** Like `run`; rejects with what it printed when it does not exit with 0. */
  must(argv: readonly string[], options?: CommandOptions): Promise<string>;
  start(argv: readonly string[], options?: CommandOptions): Promise<Program>;
  /** Where a port of the machine is reached from here: "http://127.0.0.1:PORT". */
  origin(port: number): string;
}

/** Emulated in software and with both cores busy, a boot has taken 90 s. */
const BOOT_MS = 420_000;
const COMMAND_S = 240;
const GUEST = fileURLToPath(new URL('guest', import.meta.url));

export async function bootMachine(t: Ending, options: MachineOptions = {}): Promise<Machine> {
  const { modules = [], units = [], ports = [], memory = 1536 } = options;
  const kernel = await obtainKernel();
  // Not below /tmp: the machine has a /tmp of its own, but sees this folder by 9p in any case.
  const folder = mkdtempSync('/var/tmp/camd-machine-');
  const shared = join(folder, 'shared');
  mkdirSync(join(shared, 'units'), { recursive: true });
  for (const name of ['machine.target', 'machine-agent.service']) {
    cpSync(join(GUEST, name), join(shared, 'units', name));
  }
  for (const name of ['agent.py', 'usb_camera.py']) cpSync(join(GUEST, name), join(shared, name));
  writeFileSync(join(shared, 'modules'), kernel.modules);
  const console = join(folder, 'console');
  const socket = join(folder, 'agent');
  const forwards = new Map<number, number>();
  for (const port of ports) forwards.set(port, await freePort());
  const argv = qemuArguments({ ...kernel, shared, console, socket, memory, forwards });
  const qemu = spawn('qemu-system-x86_64', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    qemu.once('error', (error) => {
      said += `${error.message}; the machine needs the packages of test/debian-packages.txt`;
      gone = true;
      resolve();
    });
    qemu.once('exit', () => {
      gone = true;
      resolve();
    });
  });
  t.teardown(async () => {
    qemu.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const why = (): string => `${said}\n${readIfThere(console).slice(-2000)}`;
  const agent = await until(() => (gone ? Promise.reject(new Error(why())) : dial(socket)), 'qemu to start');
  const machine = client(agent, shared, forwards);
  await until(() => (gone ? Promise.reject(new Error(why())) : machine.ready()), `the machine to boot`, BOOT_MS).catch(
    (cause) => Promise.reject(new Error(`${cause instanceof Error ? cause.message : cause}\n${why()}`)),
  );
  await machine.must(['sh', '-c', SETTLE, 'sh', ...modules]);
  for (const unit of units) await machine.must(['systemctl', 'start', unit]);
  return machine;
}

/** The loopback and the one card, then the modules, then their device files. */
const SETTLE = `
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
for module; do modprobe $module || exit 1; done
udevadm settle -t 60`;

interface Setup {
  readonly image: string;
  readonly initrd: string;
  readonly shared: string;
  readonly console: string;
  readonly socket: string;
  readonly memory: number;
  readonly forwards: ReadonlyMap<number, number>;
}

/** KVM is not asked for: CI machines offer it and then hang in it. */
function qemuArguments({ image, initrd, shared, console, socket, memory, forwards }: Setup): string[] {
  const forwarded = [...forwards].map(([inside, outside]) => `,hostfwd=tcp:127.0.0.1:${outside}-10.0.2.15:${inside}`);
  const append = [
    'console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on net.ifnames=0',
    'systemd.log_target=null systemd.mask=systemd-update-utmp.service',
  ];
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-machine', 'q35'],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off', '-smp', '2', '-m', String(memory)],
    ...['-kernel', image, '-initrd', initrd, '-append', append.join(' '), '-serial', `file:${console}`],
    ...['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
    ...['-virtfs', `local,path=${shared},mount_tag=share,security_model=none`],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=agent,path=${socket},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=agent,name=camd.agent'],
    ...['-netdev', `user,id=net,restrict=on${forwarded.join('')}`, '-device', 'virtio-net-pci,netdev=net'],
  ];
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

interface Answer {
  readonly id: number;
  readonly ready?: boolean;
  readonly pid?: number;
  readonly line?: string;
  readonly code?: number;
  readonly out?: string;
  readonly err?: string;
}

function client(socket: Socket, shared: string, forwards: ReadonlyMap<number, number>) {
  const waiting = new Map<number, (answer: Answer) => void>();
  let up = false;
  let last = 0;
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (text) => {
    const answer = JSON.parse(text) as Answer;
    if (answer.ready) up = true;
    else waiting.get(answer.id)?.(answer);
  });
  const request = (fields: Readonly<Record<string, unknown>>, onAnswer: (answer: Answer) => void): number => {
    const id = ++last;
    waiting.set(id, onAnswer);
    socket.write(`${JSON.stringify({ id, ...fields })}\n`);
    return id;
  };
  const run = (argv: readonly string[], options: CommandOptions = {}): Promise<Result> =>
    new Promise((resolve) => {
      const id = request({ op: 'run', argv, timeout: COMMAND_S, ...options }, ({ code = -1, out = '', err = '' }) => {
        waiting.delete(id);
        resolve({ code, out, err });
      });
    });
  return {
    shared,
    ready: () => up,
    run,
    async must(argv: readonly string[], options?: CommandOptions) {
      const { code, out, err } = await run(argv, options);
      if (code !== 0) throw new Error(`${argv.join(' ')} exited with ${code}\n${out}${err}`);
      return out;
    },
    start(argv: readonly string[], options: CommandOptions = {}) {
      return new Promise<Program>((resolve, reject) => {
        const lines: string[] = [];
        let end = (_code: number): void => {};
        const ended = new Promise<number>((done) => {
          end = done;
        });
        const id = request({ op: 'start', argv, ...options }, ({ pid, line, code, err }) => {
          if (line !== undefined) lines.push(line);
          if (code !== undefined && err !== undefined) reject(new Error(err));
          if (code !== undefined) end(code);
          if (pid !== undefined)
            resolve({ pid, lines, line: (pattern, from = 0) => find(lines, pattern, from), signal, ended });
        });
        const signal = (name: NodeJS.Signals): Promise<void> =>
          new Promise((sent) => {
            request({ op: 'signal', of: id, signal: name }, () => sent());
          });
      });
    },
    origin(port: number) {
      const outside = forwards.get(port);
      if (outside === undefined) throw new Error(`port ${port} is not on the machine's list of ports`);
      return `http://127.0.0.1:${outside}`;
    },
  };
}

/** A program in software emulation takes minutes where it would take seconds. */
const LINE_MS = 240_000;

function find(lines: readonly string[], pattern: RegExp, from: number): Promise<string> {
  const look = (): string | undefined => lines.slice(from).find((line) => pattern.test(line));
  return until(look, `a line that matches ${pattern}; there are\n${lines.slice(-20).join('\n')}`, LINE_MS);
}
