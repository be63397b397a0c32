// Boots a virtual machine with this computer's files and runs commands in it: systemd, D-Bus, polkit, udev and a separate kernel.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { until } from '../support/until.ts';
import { type Agent, connectAgent } from './agent.ts';
import { obtainKernel } from './kernel.ts';

export interface MachineOptions {
  /** Kernel modules with their parameters: "vivid n_devs=1 node_types=0x1". */
  readonly modules?: readonly string[];
  /** Units to start before the machine is ready: "polkit.service". */
  readonly units?: readonly string[];
  /** Forwarded ports of the machine. */
  readonly ports?: readonly number[];
  /** MiB. */
  readonly memory?: number;
}

export interface Machine extends Agent {
  /** Mounted inside as /shared, writable on both sides. */
  readonly shared: string;
  /** The address of a port of the machine for the test: "http://127.0.0.1:PORT". */
  origin(port: number): string;
}

/** Emulated in software and with both cores busy, a boot has taken 90 s. */
const BOOT_MS = 240_000;
const GUEST = fileURLToPath(new URL('guest', import.meta.url));

export async function bootMachine(t: Ending, options: MachineOptions = {}): Promise<Machine> {
  const { modules = [], units = [], ports = [], memory = 1536 } = options;
  const kernel = await obtainKernel();
  // Not below /tmp: the machine has a separate /tmp, but sees this folder by 9p in any case.
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
  // The kernel ends qemu whenever this process ends, because an orphaned machine would use both cores.
  const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'qemu-system-x86_64', ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const why = (): string => `${errors}\n${readIfThere(console).slice(-2000)}`;
  let gone: Error | undefined;
  const ended = new Promise<Error>((resolve) => {
    const end = (how: string): void => {
      gone ??= new Error(`this computer could not emulate the machine (test/machine/README.md): ${how}\n${why()}`);
      resolve(gone);
    };
    qemu.once('error', (error) => end(error.message));
    qemu.once('exit', (code, signal) => end(`qemu-system-x86_64 ended with ${signal ?? code}`));
  });
  t.teardown(async () => {
    qemu.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const alive = <T>(look: () => T): T | Promise<never> => (gone ? Promise.reject(gone) : look());
  const agent = connectAgent(await until(() => alive(() => dial(socket)), 'qemu to start'), ended);
  await until(() => alive(agent.ready), 'the machine to boot', BOOT_MS).catch((cause: unknown) => {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n${gone ? '' : why()}`);
  });
  const machine: Machine = {
    ...agent,
    shared,
    origin(port) {
      const outside = forwards.get(port);
      if (outside === undefined) throw new Error(`port ${port} is not on the machine's list of ports`);
      return `http://127.0.0.1:${outside}`;
    },
  };
  await machine.must(['sh', '-c', SETTLE, 'sh', ...modules]);
  for (const unit of units) await machine.must(['systemctl', 'start', unit]);
  return machine;
}

/** Sets up the loopback and the network card, then the modules and their device files. */
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

/** Does not use KVM, because CI machines offer it and then hang in it. */
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
