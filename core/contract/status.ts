// The types of a running camd's status: node states and reload results.

/** The state of a node. Times are milliseconds since the epoch. */
export type NodeState =
  | { readonly is: 'starting'; readonly since: number }
  | { readonly is: 'running'; readonly since: number }
  | { readonly is: 'degraded'; readonly since: number; readonly why: string }
  /** Without `retryAt` it stays failed until the profile is reloaded. */
  | { readonly is: 'failed'; readonly since: number; readonly why: string; readonly retryAt?: number }
  | { readonly is: 'stopping'; readonly since: number }
  | { readonly is: 'stopped'; readonly since: number };

export interface NodeStatus {
  readonly id: string;
  readonly use: string;
  readonly state: NodeState;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesOut: number;
  /** Frames per second out (or in, for nodes without an output), over the last seconds. */
  readonly rate: number;
  /** Frames skipped because a consumer was too slow. */
  readonly skipped: number;
  /** Frames that were delivered to the node and refused by it. */
  readonly refused: number;
  readonly restarts: number;
  /** Bytes reserved from the memory for data from clients and cameras. */
  readonly reserved: number;
  readonly lastError?: string;
  /** The node's own counters and gauges by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * `online`: pictures arrive. `idle`: it takes pictures on demand, and no consumer wants one. `waiting`: none has arrived yet. `offline`: a
 * node reports it as unreliable. Otherwise the state of the node that sends it, such as `degraded`.
 */
export type CameraState = 'online' | 'idle' | 'waiting' | 'offline' | Exclude<NodeState['is'], 'running'>;

export interface CameraUrl {
  /** The node that serves it. */
  readonly node: string;
  /** Such as "stream", "snapshot" or "page". */
  readonly what: string;
  readonly url: string;
}

/** One camera of a running camd. */
export interface CameraStatus {
  readonly id: string;
  /** The display name; the id if there is none. */
  readonly name: string;
  /** The node that sends it. */
  readonly node: string;
  readonly state: CameraState;
  readonly why?: string;
  /** Of the newest picture: capture time (ms since the epoch), milliseconds since it arrived, pixels, bytes. */
  readonly time?: number;
  readonly age?: number;
  readonly width?: number;
  readonly height?: number;
  readonly size?: number;
  readonly frames: number;
  /** Frames per second. */
  readonly rate: number;
  readonly viewers: number;
  readonly urls: readonly CameraUrl[];
}

export interface ReloadStatus {
  readonly count: number;
  readonly last?: {
    readonly at: number;
    readonly ok: boolean;
    /** Milliseconds. */
    readonly took: number;
    readonly summary: string;
  };
}

/** The memory for data from clients and cameras: bytes, and the number of refused requests for memory. */
export interface MemoryStatus {
  readonly most: number;
  readonly used: number;
  readonly refused: number;
}

/** A read-only view of the whole daemon, given to every node. */
export interface DaemonView {
  readonly version: string;
  readonly startedAt: number;
  nodes(): readonly NodeStatus[];
  cameras(): readonly CameraStatus[];
  reloads(): ReloadStatus;
  memory(): MemoryStatus;
}
