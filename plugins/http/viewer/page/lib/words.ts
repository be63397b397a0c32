// The page's texts about a camera and its connection. Pure.

import type { CameraCard, CameraState } from '../../wire.ts';
import type { Link } from './connection.ts';

export const STATE: Readonly<Record<CameraState, string>> = {
  live: 'Live',
  waiting: 'Waiting for a picture',
  offline: 'Offline',
  idle: 'Asleep',
};

/** The text over a picture; undefined: none is needed. */
export function notice(state: CameraState, hasPicture: boolean): string | undefined {
  if (state === 'offline') return 'Offline';
  return hasPicture ? undefined : STATE[state === 'live' ? 'waiting' : state];
}

/** "12 cameras", "11 of 12 live". */
export function summary(cameras: readonly CameraCard[]): string {
  const off = cameras.filter(({ state }) => state === 'offline').length;
  if (off > 0) return `${cameras.length - off} of ${cameras.length} live`;
  return cameras.length === 1 ? '1 camera' : `${cameras.length} cameras`;
}

/** "12.5 fps", "0.2 fps". */
export function rateText(rate: number): string {
  return `${rate >= 9.95 ? Math.round(rate) : rate.toFixed(1)} fps`;
}

export const LOST: Readonly<Record<Extract<Link, { is: 'lost' }>['why'], string>> = {
  away: 'Connection lost. Trying again…',
  blocked:
    'The live connection does not come through. A proxy on the way must let WebSocket pass (Upgrade and Connection headers).',
  foreign:
    'The live connection is refused: camd does not take this page for its own. A proxy on the way must pass on X-Forwarded-Host, and "trusted_proxies" of http/server must name the proxy.',
  missing:
    'The live connection’s address is not found. A proxy on the way must pass on every path below this page, also viewer.ws.',
  full: 'As many viewers as are allowed are watching. This page waits for its turn.',
  login: 'The server asks for a password that this page does not have. Load the page again to log in.',
};
