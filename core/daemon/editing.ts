// What changes the profile, as the daemon uses it: built in, loaded when a node first asks for it, and unknown to the core.

import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Kernel, KernelPlan } from '../contract/kernel.ts';
import type { Problem } from '../contract/problems.ts';
import type { ProfileAccess } from '../contract/profile.ts';
import type { Runner } from '../graph/run/runner.ts';
import type { Profile, Reading } from '../profile/profile.ts';
import type { Shown } from '../profile/show/changes.ts';

/** The reading of a right profile. */
export type RightReading = Reading & { readonly profile: Profile };

/** What a reload said. */
export interface Outcome {
  readonly ok: boolean;
  readonly why?: string;
  readonly plan?: KernelPlan;
  readonly problems: readonly Problem[];
}

/** What the daemon gives. */
export interface EditingContext {
  /** What runs now; undefined before the first start. */
  running(): Shown | undefined;
  /** Reads and checks the profile with these texts, by absolute path, in place of its files. Starts nothing. */
  preview(texts: ReadonlyMap<string, string>): Promise<Reading>;
  /** What a reload of this profile would do. */
  plan(reading: RightReading): KernelPlan;
  reload(by: string): Promise<Outcome>;
  /** A runner of its own for this profile, beside the graph. */
  runner(reading: RightReading): Runner;
  readonly clock: Clock;
  readonly log: Log;
  /** Absolute. */
  readonly stateFolder: string;
}

/** The methods of the kernel that need it. */
export type KernelEditing = Pick<
  Kernel,
  'options' | 'texts' | 'check' | 'apply' | 'keep' | 'conceal' | 'checkKept' | 'applyKept' | 'insert' | 'try'
>;

export interface Editing {
  readonly kernel: KernelEditing;
  /** Of one node: `allowed` are the ids that its options name. */
  access(allowed: () => readonly string[]): ProfileAccess;
}

/** How it is loaded; core/main.ts hands it in. */
export type EditingModule = () => Promise<{ createEditing(context: EditingContext): Editing }>;
