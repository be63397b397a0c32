// Checks the limits of this machine: file descriptors, and the kernel settings that camd's package recommends.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownPackage } from '../../../core/base/package.ts';
import type { Observation } from '../../../core/contract/examine.ts';
import { quoted } from '../examine/connection.ts';

/** Each viewer, camera and stored picture needs one descriptor; the packaged service has 16384. */
const FEW_DESCRIPTORS = 4096;
const TOO_FEW_DESCRIPTORS = 256;
const ADVISED_DESCRIPTORS = 16_384;

export function* examineLimits(limits = read('/proc/self/limits')): Generator<Observation> {
  // Node.js raises its soft limit to the hard one.
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits ?? '')?.[1];
  if (hard === undefined) return;
  const most = hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
  if (most >= FEW_DESCRIPTORS) {
    yield { is: 'fine', code: 'descriptors', message: `A process may have ${hard} open files.` };
    return;
  }
  const message = `A process may have only ${hard} open files; each viewer needs one.`;
  const fix = `sudo prlimit --nofile=${ADVISED_DESCRIPTORS} --pid $$`;
  yield { is: most < TOO_FEW_DESCRIPTORS ? 'wrong' : 'warning', code: 'few-descriptors', message, fix };
}

/** The sysctl files of camd: in its package folder, or where the Debian package installs them. */
export function sysctlFiles(): string[] {
  const own = join(ownPackage().folder, 'packaging/sysctl.d');
  if (existsSync(own))
    return readdirSync(own)
      .sort()
      .map((name) => join(own, name));
  return ['/usr/lib/sysctl.d/60-camd.conf'].filter((file) => existsSync(file));
}

/** A larger value than advised is reported; `proc` is /proc/sys. */
export function* examineKernel(files: readonly string[], proc = '/proc/sys'): Generator<Observation> {
  for (const file of files) {
    for (const [, name = '', value = ''] of (read(file) ?? '').matchAll(/^([a-z0-9_.]+)\s*=\s*(\d+)\s*$/gm)) {
      const now = read(join(proc, name.replaceAll('.', '/')))?.trim();
      // A container may hide the setting; then it belongs to the host.
      if (now === undefined) continue;
      if (Number(now) <= Number(value)) {
        yield { is: 'fine', code: 'kernel', message: `${name} is ${now}.` };
        continue;
      }
      const message = `${name} is ${now}, and ${value} is advised for viewers on slow connections: they would see old pictures.`;
      yield { is: 'warning', code: 'kernel-setting', message, fix: `sudo sysctl --load=${quoted(file)}` };
    }
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
