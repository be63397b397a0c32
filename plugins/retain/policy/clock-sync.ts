// Queries systemd whether the system clock is synchronised; the state ends when the clock is set by hand.

import { execFile } from 'node:child_process';

const TIMEOUT_MS = 2000;

/** False without systemd. Never rejects. */
export const isClockSynchronised = (): Promise<boolean> =>
  new Promise((resolve) => {
    const argv = ['show', '--property=NTPSynchronized', '--value'];
    execFile(
      'timedatectl',
      argv,
      { timeout: TIMEOUT_MS, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
      (error, stdout) => resolve(error === null && stdout.trim() === 'yes'),
    );
  });
