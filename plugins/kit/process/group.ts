// Finds and signals all processes that a child started, including those that left its process group. Linux only.

import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** The variable that marks a child and its descendants, so that a daemon that left its group and session is still found. */
export const MARK = 'CAMD_CHILD';

/** True while a process of the group lives (a zombie counts until it is waited for). */
export function groupLives(group: number): boolean {
  return signalGroup(group, 0);
}

/** False when the group no longer exists. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM: a process of the group changed its user; it counts as living and cannot be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself in the meantime.
  }
}

/** Processes checked in one turn of the event loop: files of /proc are read in microseconds, but there may be thousands. */
const BATCH = 64;

/** Pids of living processes that are in the group or have the mark; undefined without /proc. */
export async function findRemains(group: number, mark: string): Promise<number[] | undefined> {
  const needle = Buffer.from(`${MARK}=${mark}\0`);
  const grouped = groupLives(group);
  const found: number[] = [];
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  let checked = 0;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    if (++checked % BATCH === 0) await nextTurn();
    try {
      if ((grouped && isLivingMember(name, group)) || readFileSync(`/proc/${name}/environ`).includes(needle)) {
        found.push(Number(name));
      }
    } catch {
      // It has ended meanwhile, or belongs to another user and is not ours.
    }
  }
  return found;
}

/** proc(5), /proc/pid/stat: "pid (name) state ppid pgrp …". A zombie holds no resources, though its group still exists. */
function isLivingMember(pid: string, group: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(pgrp) === group && state !== 'Z' && state !== 'X';
}
