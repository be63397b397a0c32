// The profile editing of the daemon: a built-in module that is loaded on first use; the core does not depend on it.

import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Kernel, KernelPlan } from '../contract/kernel.ts';
import type { Problem } from '../contract/problems.ts';
import type { ProfileAccess } from '../contract/profile.ts';
import type { Runner } from '../graph/run/runner.ts';
import type { Profile, Reading } from '../profile/profile.ts';
import type { Shown } from '../profile/show/changes.ts';

/** The reading of a valid profile. */
export type RightReading = Reading & { readonly profile: Profile };

/** The result of a reload. */
export interface Outcome {
  readonly ok: boolean;
  readonly why?: string;
  readonly plan?: KernelPlan;
  readonly problems: readonly Problem[];
}

/** Provided by the daemon. */
export interface EditingContext {
  /** The running profile; undefined before the first start. */
  running(): Shown | undefined;
  /** Reads and checks the profile with these texts, by absolute path, in place of its files. Starts nothing. */
  preview(texts: ReadonlyMap<string, string>): Promise<Reading>;
  /** The effect of a reload of this profile. */
  plan(reading: RightReading): KernelPlan;
  reload(by: string): Promise<Outcome>;
  /** A separate runner for this profile, beside the graph. */
  runner(reading: RightReading): Runner;
  readonly clock: Clock;
  readonly log: Log;
  /** Absolute. */
  readonly stateFolder: string;
}

/** The kernel methods that require profile editing. */
export type KernelEditing = Pick<
  Kernel,
  'options' | 'texts' | 'check' | 'apply' | 'keep' | 'conceal' | 'checkKept' | 'applyKept' | 'insert' | 'try'
>;

export interface Editing {
  readonly kernel: KernelEditing;
  /** For one node: `allowed` are the ids that its options name. */
  access(allowed: () => readonly string[]): ProfileAccess;
}

/** Loads the module; passed in by core/main.ts. */
export type EditingModule = () => Promise<{ createEditing(context: EditingContext): Editing }>;
