// Checks the clock: years off, or not synchronised.

import { existsSync } from 'node:fs';
import { findProgram } from '../../../core/base/find-program.ts';
import type { Observation } from '../../../core/contract/examine.ts';
import { outputOf } from '../process/output.ts';

/** camd did not exist before; a machine without a battery for its clock starts years earlier. */
const EARLIEST_YEAR = 2026;
const LATEST_YEAR = 2100;
const ASK_MS = 3_000;
const SET = 'sudo timedatectl set-ntp true';

export async function* examineClock(now: Date, signal: AbortSignal): AsyncGenerator<Observation> {
  const shown = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const year = now.getUTCFullYear();
  if (year < EARLIEST_YEAR || year > LATEST_YEAR) {
    const message = `The clock shows ${shown}, which is wrong: certificates fail, and retention would keep or delete the wrong pictures.`;
    yield { is: 'wrong', code: 'clock-off', message, fix: SET };
    return;
  }
  const state = await synchronised(signal);
  if (state === 'no') {
    const message = `The clock shows ${shown} and is not synchronised: the times of pictures drift.`;
    yield { is: 'warning', code: 'clock-unsynchronised', message, fix: SET };
  } else {
    const how = state === 'yes' ? 'synchronised' : 'not managed by systemd';
    yield { is: 'fine', code: 'clock', message: `The clock shows ${shown} and is ${how}.` };
  }
}

async function synchronised(signal: AbortSignal): Promise<'yes' | 'no' | 'unknown'> {
  // systemd-timesyncd writes this file (systemd-timesyncd.service(8)).
  if (existsSync('/run/systemd/timesync/synchronized')) return 'yes';
  if (!existsSync('/run/systemd/system') || findProgram('timedatectl') === undefined) return 'unknown';
  const argv = ['timedatectl', 'show', '--property=NTPSynchronized', '--value'];
  const { code, out } = await outputOf(argv, ASK_MS, signal);
  if (code !== 0) return 'unknown';
  return out.trim() === 'yes' ? 'yes' : 'no';
}
