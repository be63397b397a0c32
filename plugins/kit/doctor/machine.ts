// The doctor's checks that apply to any machine: clock, limits, kernel and user.

import type { Observation } from '../../../core/contract/examine.ts';
import { about, type Check } from './check.ts';
import { examineClock } from './clock.ts';
import { examineKernel, examineLimits, sysctlFiles } from './kernel.ts';
import { examineUser } from './user.ts';

/** `file`: the profile as given by the user. */
export async function examineMachine(file: string | undefined, signal: AbortSignal): Promise<Check[]> {
  const observations: Observation[] = [];
  for await (const observation of examineClock(new Date(), signal)) observations.push(observation);
  observations.push(...examineLimits(), ...examineKernel(sysctlFiles()), ...examineUser(file));
  return observations.map(about('machine'));
}
