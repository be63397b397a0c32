// One line of the doctor's report.

import type { Observation } from '../../../core/contract/examine.ts';

export interface Check extends Observation {
  /** "machine", "profile", or the id of a node. */
  readonly subject: string;
  /** "file:line:column", for an error in the profile. */
  readonly place?: string;
}

export const about =
  (subject: string) =>
  (observation: Observation): Check => ({ subject, ...observation });
