// The JSON messages of the control socket, as types.

import type { FrameHead } from '../../contract/frame.ts';
import type { Problem } from '../../contract/problems.ts';
import type { CameraStatus, NodeStatus, ReloadStatus } from '../../contract/status.ts';
import type { ReloadResult } from '../../daemon.ts';
import type { Change } from '../../graph/plan/diff.ts';
import type { ValueChange } from '../../profile/show/changes.ts';

export interface Hello {
  readonly pid: number;
  /** The path of the running profile. */
  readonly profile: string;
}

export interface Status extends Hello {
  readonly version: string;
  readonly startedAt: number;
  readonly reloads: ReloadStatus;
  readonly nodes: readonly NodeStatus[];
}

export interface CameraList extends Hello {
  readonly cameras: readonly CameraStatus[];
}

export type ReloadAnswer =
  | {
      readonly ok: true;
      readonly change: Change;
      readonly values: readonly ValueChange[];
      readonly problems: readonly Problem[];
      readonly sources: Sources;
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly sources: Sources }
  | { readonly ok: false; readonly why: string };

/** Path and text of each file, for printing excerpts. */
type Sources = readonly (readonly [string, string])[];

/** The head of one tapped frame: a line of JSON, followed by `size` bytes of the picture. */
export interface TappedFrame extends FrameHead {
  /** Milliseconds from its capture to its passing here. */
  readonly age: number;
  /** Frames skipped because the client was too slow. */
  readonly skipped: number;
}

/** The last line of a tap that camd ends. */
export interface TapEnd {
  /** A full sentence. */
  readonly end: string;
}

export function formatAnswer(result: ReloadResult): ReloadAnswer {
  if (!result.ok && !result.reading) return { ok: false, why: result.why };
  const { problems } = result.reading;
  // Only files with problems are quoted; the others are not sent.
  const named = new Set(problems.flatMap(({ place, related }) => [place.file, ...(related ? [related.file] : [])]));
  const sources = [...result.reading.sources].filter(([file]) => named.has(file));
  if (!result.ok) return { ok: false, problems, sources };
  return { ok: true, change: result.change, values: result.values, problems, sources };
}
