// Checks the control socket of a profile, and if a camd already runs that profile.

import { dirname } from 'node:path';
import { errorCode, reason } from '../../../core/base/reason.ts';
import type { Observation } from '../../../core/contract/examine.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { ask } from '../../../core/service/control/client.ts';
import type { Hello } from '../../../core/service/control/messages.ts';
import { socketsOf } from '../../../core/service/control/place.ts';
import { quoted } from '../../kit/examine/connection.ts';
import { examineFolder } from '../../kit/examine/folder.ts';

type Env = Readonly<Record<string, string | undefined>>;

const ASK_MS = 2_000;
/** No camd is listening: camd replaces the file. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

export interface Control {
  readonly observations: readonly Observation[];
  /** The process that runs this profile. */
  readonly running: number | undefined;
}

export async function examineControl(profile: Profile, env: Env): Promise<Control> {
  const places = socketsOf(profile, env);
  if (places.length === 0) {
    const message = 'The profile sets "control: false", so "camd status" and "camd reload" cannot reach it.';
    return { observations: [{ is: 'fine', code: 'control', message }], running: undefined };
  }
  for (const place of places) {
    try {
      const { pid } = await ask<Hello>(place, 'GET', '/', ASK_MS);
      const message = `This profile is already running, as process ${pid}.`;
      return { observations: [{ is: 'fine', code: 'running', message }], running: pid };
    } catch (cause) {
      if (GONE.has(errorCode(cause) ?? '')) continue;
      const message = `The control socket ${place} does not answer: ${reason(cause)}.`;
      const observation: Observation = { is: 'warning', code: 'control', message, fix: `ls -l ${quoted(place)}` };
      return { observations: [observation], running: undefined };
    }
  }
  // camd uses the first usable place.
  const [best = ''] = places;
  const usable = places.some((place) =>
    [...examineFolder({ option: 'control', path: dirname(place) })].every(({ is }) => is !== 'wrong'),
  );
  const found = [...examineFolder({ option: 'control', path: dirname(best) })].filter(({ is }) => is === 'wrong');
  return { observations: usable ? [] : found, running: undefined };
}
