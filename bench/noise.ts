// Measures the machine's share for other work during a measurement.

import { readFileSync } from 'node:fs';

/** Ticks of all processors: busy, and all together (proc(5), /proc/stat: user nice system idle iowait irq softirq steal). */
function machine(): { busy: number; all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + wait };
}

/** Ticks of this process and of its children that have ended (fields 14 to 17 of /proc/self/stat). */
function own(): number {
  const text = readFileSync('/proc/self/stat', 'latin1');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** Call it at the start. The returned function gives the share of other work since then, 0 to 1. Children count after their end. */
export function watchNoise(): () => number {
  const before = { ...machine(), own: own() };
  return () => {
    const after = machine();
    const others = after.busy - before.busy - (own() - before.own);
    return Math.max(0, others / Math.max(1, after.all - before.all));
  };
}
