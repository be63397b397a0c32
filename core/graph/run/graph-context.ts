// The parts of an instance: those shared by all instances, and its own.

import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { MemoryBudget } from '../../base/memory.ts';
import type { Kernel } from '../../contract/kernel.ts';
import type { NodePlugin, ParserFactory } from '../../contract/plugin.ts';
import type { ProfileAccess } from '../../contract/profile.ts';
import type { DaemonView } from '../../contract/status.ts';
import type { NodeSpec } from '../../profile/profile.ts';
import type { Flow } from '../flow/flow.ts';
import type { NodeOutput } from '../flow/output.ts';
import type { Rate } from '../flow/rate.ts';
import type { CameraDirectory } from './cameras.ts';
import type { Durables } from './durable.ts';
import type { Listeners } from './listeners.ts';
import type { MetricsControl } from './metrics.ts';
import type { Provider } from './provider.ts';

/** Time limit for stopping a node; after that it is abandoned and named in the log. Milliseconds. */
export const STOP_MS = 5_000;

/** Shared by all instances. */
export interface GraphContext {
  readonly clock: Clock;
  /** State shared by all inputs and outputs. */
  readonly flow: Flow;
  readonly listeners: Listeners;
  readonly durables: Durables;
  readonly memory: MemoryBudget;
  readonly daemon: DaemonView;
  readonly cameras: CameraDirectory;
  /** The profile, limited to these nodes. */
  profile(allowed: () => readonly string[]): ProfileAccess;
  kernel(): Kernel;
  readonly folder: string;
  readonly stateFolder: string;
  /** Aborted when camd stops: nodes that are still starting can cancel. */
  readonly ending: AbortSignal;
  resolve(path: string): string;
  output(id: string): NodeOutput;
  provider(id: string): Provider;
}

/** Counts of incoming frames of a node, across all its instances. */
export interface Received {
  frames: number;
  skipped: number;
  refused: number;
  readonly rate: Rate;
}

export interface InstanceOptions {
  readonly spec: NodeSpec;
  readonly plugin: NodePlugin<never>;
  readonly parser: ParserFactory | undefined;
  readonly log: Log;
  readonly metrics: MetricsControl;
  readonly received: Received;
  /** Ids of the nodes whose durable state it may take over, nearest first. */
  readonly predecessors: readonly string[];
  onHealth(why: string | undefined): void;
  onFail(cause: unknown): void;
}
