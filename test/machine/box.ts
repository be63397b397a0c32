// Boots a Debian root with the real systemd as PID 1, in namespaces on this computer's kernel, and runs commands in it.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ending } from '../support/harness.ts';
import { until } from '../support/until.ts';
import type { Result } from './agent.ts';

export interface Box {
  /** PID of systemd outside of the box. */
  readonly pid: number;
  /** Path of the root folder outside of the box, for adding and reading files. */
  readonly root: string;
  run(...argv: string[]): Promise<Result>;
  /** Like `run`; rejects with the output unless the exit code is 0, resolves with the output. */
  must(...argv: string[]): Promise<string>;
  /** Starts a long-running program inside; it ends with the test. */
  start(...argv: string[]): ChildProcess;
  /** A property of a unit, from `systemctl show`. */
  property(unit: string, name: string): Promise<string>;
  journal(unit: string): Promise<string>;
}

const INIT = fileURLToPath(new URL('guest/box.sh', import.meta.url));
const NAMESPACES = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup'];
/** They need a terminal, and modules of another kernel. */
const MASKED = ['console-getty.service', 'systemd-modules-load.service'];
const BOOT_MS = 60_000;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

/** Builds a Debian root with systemd, D-Bus and polkit by mmdebstrap; takes a minute. */
export function makeRoot(root: string, suite: string, packages: readonly string[] = []): void {
  const include = ['systemd', 'systemd-sysv', 'dbus', 'polkitd', ...packages].join(',');
  const argv = ['--quiet', '--variant=apt', '--components=main', `--include=${include}`, suite, root];
  execFileSync('mmdebstrap', argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  for (const unit of MASKED) symlinkSync('/dev/null', join(root, 'etc/systemd/system', unit));
}

export async function bootBox(t: Ending, root: string): Promise<Box> {
  const box = spawn('unshare', [...NAMESPACES, '--fork', '--kill-child', 'sh', INIT, root], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  box.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(box, 'exit');
  t.teardown(async () => {
    box.kill('SIGKILL');
    await ended;
    rmSync(join(root, 'run/systemd'), { recursive: true, force: true });
  });
  const pid = await until(() => {
    if (box.exitCode !== null) throw new Error(`the box ended with ${box.exitCode}: ${output}`);
    return systemdBelow(box.pid ?? 0);
  }, 'systemd');

  const enter = ['--target', String(pid), '--all', '--root', '--wd'];
  const run = (...argv: string[]): Promise<Result> =>
    new Promise((resolve) => {
      const options = { env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 };
      execFile('nsenter', [...enter, ...argv], options, (error, out, err) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, out, err });
      });
    });
  const must = async (...argv: string[]): Promise<string> => {
    const { code, out, err } = await run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')} exited with ${code}\n${out}${err}`);
    return out;
  };
  const up = async () => /^(running|degraded)/.test((await run('systemctl', 'is-system-running')).out);
  await until(up, 'the box to boot', BOOT_MS);
  return {
    root,
    pid,
    run,
    must,
    start(...argv) {
      const child = spawn('nsenter', [...enter, ...argv], { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'ignore'] });
      t.teardown(() => void child.kill('SIGKILL'));
      return child;
    },
    property: async (unit, name) => (await must('systemctl', 'show', '--value', '-p', name, unit)).trim(),
    journal: (unit) => must('journalctl', '-u', unit, '-o', 'cat', '--no-pager'),
  };
}

/** The one child of unshare is the shell, which becomes systemd. */
function systemdBelow(parent: number): number | undefined {
  const [child] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ');
  if (!child) return undefined;
  return readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'systemd' ? Number(child) : undefined;
}
