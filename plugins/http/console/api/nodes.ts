// The graph, its nodes, their logs, counters and pictures, and the WebSockets of the console's API.

import type { FrameHead } from '../../../../core/contract/frame.ts';
import type { CameraStatus, MemoryStatus, NodeState, ReloadStatus } from '../../../../core/contract/status.ts';

export interface Graph {
  readonly profile: string;
  readonly version: string;
  /** Milliseconds since the epoch, as are all times. */
  readonly startedAt: number;
  readonly now: number;
  readonly reloads: ReloadStatus;
  readonly memory: MemoryStatus;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode extends NodeStatusLine {
  readonly use: string;
  /** The part of `use` before the slash. */
  readonly kind: string;
  readonly provides: readonly string[];
  /** Ids of the visible cameras that the node provides. */
  readonly cameras: readonly string[];
}

export interface GraphEdge {
  /** The node that provides. */
  readonly from: string;
  /** The node that refers to it. */
  readonly to: string;
  /** The option of the reference: "from", "on", "via". */
  readonly option: string;
  /** True for frames; other edges are services, servers and others. */
  readonly frames: boolean;
}

/** The changing values of a node, which the live WebSocket repeats. */
export interface NodeStatusLine {
  readonly id: string;
  readonly state: NodeState;
  /** Frames per second. */
  readonly rate: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesOut: number;
  readonly skipped: number;
  readonly refused: number;
  readonly restarts: number;
  readonly lastError?: string;
}

export interface NodeDetail extends GraphNode {
  /** First line of its documentation. */
  readonly summary: string;
  /** In the order of the schema: set options first, then defaults. */
  readonly options: readonly OptionValueLine[];
  readonly metrics: Readonly<Record<string, number>>;
  /** Edges in both directions. */
  readonly edges: readonly GraphEdge[];
  /** Position of the node in the profile. */
  readonly place?: TextPlace;
  /** True if the node supports captures. */
  readonly captures: boolean;
  /** True if the node emits frames, which a tap can show. */
  readonly taps: boolean;
}

export interface OptionValueLine {
  /** "fps", "auth.basic.users.admin", "cameras.left.device". */
  readonly path: string;
  /** YAML text of one line as resolved; secrets are "***". */
  readonly value: string;
  /** The text in the file, if it differs: "${var:interval}". */
  readonly written?: string;
  readonly secret: boolean;
  /** True for a default, which is in no file. */
  readonly isDefault: boolean;
  readonly place?: TextPlace;
  readonly description: string;
}

/** Line and column count from 1. */
export interface TextPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface LogLine {
  readonly time: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One sample every `step` milliseconds, the oldest first; null for a missing one. At most an hour. */
export interface Counters {
  readonly step: number;
  /** Time of the first sample. */
  readonly from: number;
  readonly series: readonly CounterSeries[];
}

export interface CounterSeries {
  /** "rate", "framesOut", or the name of one of the node's own metrics. */
  readonly name: string;
  /** The values of a `counter` are rates per second. */
  readonly is: 'counter' | 'gauge';
  readonly values: readonly (number | null)[];
}

export interface Capture {
  readonly camera: string;
}

export interface Picture extends FrameHead {
  /** A `data:` URL. */
  readonly data: string;
}

/** From the page on /api/live: the node whose log it follows; undefined for none. */
export interface LiveRequest {
  readonly log?: string;
}

export type LiveEvent =
  /** Sent at once, and every second. */
  | { readonly is: 'status'; readonly now: number; readonly nodes: readonly NodeStatusLine[] }
  /** The profile was reloaded; the page must load the graph and the profile again. */
  | { readonly is: 'reloaded'; readonly ok: boolean; readonly summary: string }
  | { readonly is: 'log'; readonly node: string; readonly line: LogLine };

/** From the server on /api/tap: a text message with this head, then a binary message with the picture. */
export interface TapHead extends FrameHead {
  /** Milliseconds from the capture to the output of the node. */
  readonly age: number;
  /** Milliseconds since the previous picture of this camera. */
  readonly interval?: number;
  /** Pictures skipped since the previous one, because the page was still busy. */
  readonly skipped: number;
}

/** The page sends this text when it has drawn a picture and is ready for the next one. */
export const TAP_NEXT = 'next';

/** Codes with which the server closes a WebSocket. */
export const CLOSED = { login: 4401, forbidden: 4403, gone: 4404, misused: 4400, full: 4429, leaving: 4503 } as const;

export type CameraList = readonly CameraStatus[];
