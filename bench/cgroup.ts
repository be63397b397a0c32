// Limits a process to a share of a processor and to an amount of memory, by control groups of either version.

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
/** Microseconds. */
const PERIOD = 100_000;

export interface Limited {
  /** Prefix for a command, which then runs within the limits. */
  readonly command: readonly string[];
  /** Call it after the end of the process. */
  close(): void;
}

/** undefined if this user may not create control groups, as in most containers. */
export function limit(name: string, cores: number, bytes: number): Limited | undefined {
  const quota = Math.round(PERIOD * cores);
  try {
    return existsSync(join(ROOT, 'cgroup.controllers'))
      ? unified(join(ROOT, name), quota, bytes)
      : separate(name, quota, bytes);
  } catch {
    return undefined;
  }
}

const enter = (...folders: readonly string[]): readonly string[] => {
  const lines = folders.map((folder) => `echo $$ > ${join(folder, 'cgroup.procs')}`);
  return ['sh', '-c', `${lines.join(' && ')} && exec "$@"`, 'sh'];
};

function unified(folder: string, quota: number, bytes: number): Limited {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cpu.max'), `${quota} ${PERIOD}`);
  writeFileSync(join(folder, 'memory.max'), String(bytes));
  return {
    command: enter(folder),
    close: () => rmdirSync(folder),
  };
}

/** Version 1 has a separate tree for each kind of limit. */
function separate(name: string, quota: number, bytes: number): Limited {
  const [cpu, memory] = [join(ROOT, 'cpu', name), join(ROOT, 'memory', name)];
  for (const folder of [cpu, memory]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(cpu, 'cpu.cfs_period_us'), String(PERIOD));
  writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(quota));
  writeFileSync(join(memory, 'memory.limit_in_bytes'), String(bytes));
  return {
    command: enter(cpu, memory),
    close: () => {
      for (const folder of [cpu, memory]) rmdirSync(folder);
    },
  };
}
