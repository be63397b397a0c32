// Finds the processes that have a file, a device or a socket open, and their units, as far as this user may see them (proc(5)).

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Holder {
  readonly pid: number;
  /** The name of its program. */
  readonly name: string;
  /** The systemd unit, such as "mjpg-streamer.service"; undefined when it has none of its own. */
  readonly unit: string | undefined;
}

/** Processes checked in one turn of the event loop. */
const BATCH = 64;

/**
 * `files` as in the links of /proc/PID/fd: a path that is no link itself, or "socket:[INODE]". Only root sees the processes of other
 * users.
 */
export async function holdersOf(files: ReadonlySet<string>): Promise<Holder[]> {
  const holders: Holder[] = [];
  let checked = 0;
  for (const name of list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (++checked % BATCH === 0) await nextTurn();
    if (!list(`/proc/${name}/fd`).some((fd) => files.has(target(`/proc/${name}/fd/${fd}`)))) continue;
    holders.push({ pid: Number(name), name: text(`/proc/${name}/comm`).trim(), unit: unitOf(name) });
  }
  return holders;
}

/** "pid 812 (mjpg_streamer, unit mjpg-streamer.service)". */
export const describeHolder = ({ pid, name, unit }: Holder): string =>
  `pid ${pid} (${name}${unit === undefined ? '' : `, unit ${unit}`})`;

/** "0::/system.slice/mjpg-streamer.service" → "mjpg-streamer.service" (cgroups(7)). */
function unitOf(pid: string): string | undefined {
  const path = /^0::(\S*)$/m.exec(text(`/proc/${pid}/cgroup`))?.[1] ?? '';
  return path
    .split('/')
    .filter((part) => part.endsWith('.service'))
    .at(-1);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
