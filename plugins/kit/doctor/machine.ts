// What the doctor looks at on any machine: clock, limits, kernel and user.

import type { Observation } from '../../../core/contract/examine.ts';
import { about, type Check } from './check.ts';
import { examineClock } from './clock.ts';
import { examineKernel, examineLimits, sysctlFiles } from './kernel.ts';
import { examineUser } from './user.ts';

/** `file`: the profile as the reader names it. */
export async function examineMachine(file: string | undefined, signal: AbortSignal): Promise<Check[]> {
  const observations: Observation[] = [];
  for await (const one of examineClock(new Date(), signal)) observations.push(one);
  observations.push(...examineLimits(), ...examineKernel(sysctlFiles()), ...examineUser(file));
  return observations.map(about('machine'));
}
