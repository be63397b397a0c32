// Sockets passed by systemd (sd_listen_fds(3)): their names and descriptors from the environment. Pure.

import type { InheritedSocket } from '../../graph/run/listeners.ts';

const FIRST_FD = 3;
/** Further ones are ignored. */
const MAX_SOCKETS = 64;

/** Empty if none were passed, or if they were meant for another process. */
export function inheritedSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): readonly InheritedSocket[] {
  if (env.LISTEN_PID !== String(pid)) return [];
  const count = Number(env.LISTEN_FDS);
  if (!Number.isInteger(count) || count < 1) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: Math.min(count, MAX_SOCKETS) }, (_unused, index) => ({
    name: names[index] || 'unknown',
    fd: FIRST_FD + index,
  }));
}
