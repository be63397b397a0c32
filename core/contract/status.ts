// The types of a running camd's status: node states and reload results.

/** The one state of a node. Times are milliseconds since the epoch. */
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
  /** Frames that a slow consumer was not handed. */
  readonly skipped: number;
  /** Frames that the node was handed and did not take. */
  readonly refused: number;
  readonly restarts: number;
  /** Bytes that it has reserved of the memory for what clients and cameras send. */
  readonly reserved: number;
  readonly lastError?: string;
  /** The node's own counters and gauges by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * `online`: pictures come. `idle`: it takes pictures on demand, and nobody wants one. `waiting`: none has come yet. `offline`: a node says
 * that it cannot be relied on. Otherwise the state of the node from which it comes, such as `degraded`.
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
  /** The display name; the id when there is none. */
  readonly name: string;
  /** The node from which it comes. */
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

/** The memory for what clients and cameras send: bytes, and requests for some that were refused. */
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
