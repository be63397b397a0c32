// Reads the CPU time and memory of a process from /proc.

import { readdirSync, readFileSync } from 'node:fs';

/** CPU nanoseconds of all live threads (scheduler statistics; the ticks of /proc/PID/stat are 10 ms each). */
export function cpuTime(pid: number): number {
  let total = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    } catch {
      // The thread has ended in the meantime.
    }
  }
  return total;
}

/** Resident memory in megabytes. */
export function resident(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kilobytes) / 1024;
}

/** The running children of a process with a program of this name. */
export function childrenOf(parent: number, name: string): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const status = readFileSync(`/proc/${entry}/status`, 'latin1');
        return status.startsWith(`Name:\t${name}\n`) && status.includes(`\nPPid:\t${parent}\n`);
      } catch {
        return false; // It has ended in the meantime.
      }
    })
    .map(Number);
}
