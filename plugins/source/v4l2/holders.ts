// Who has a device open: the process and the unit that it belongs to, as far as this user may see them (proc(5)).

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';

export interface Holder {
  readonly pid: number;
  /** The name of its program. */
  readonly name: string;
  /** The systemd unit, such as "mjpg-streamer.service"; undefined when it runs in none of its own. */
  readonly unit: string | undefined;
}

/** Processes looked at in one go. */
const BATCH = 64;

/** `device` is the device file itself, no link. Processes of other users are seen by root alone. */
export async function holdersOf(device: string): Promise<Holder[]> {
  const holders: Holder[] = [];
  let looked = 0;
  for (const name of list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (++looked % BATCH === 0) await breathe();
    const open = list(`/proc/${name}/fd`).some((fd) => target(`/proc/${name}/fd/${fd}`) === device);
    if (!open) continue;
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

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
