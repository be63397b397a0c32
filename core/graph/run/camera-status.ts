// The status of every camera: what its source sends, and what other nodes report. Pure.

import type { CameraState, CameraStatus, CameraUrl, NodeState } from '../../contract/status.ts';
import { rateOf, type Tallied } from '../flow/camera-tally.ts';
import type { NodeReport } from './cameras.ts';

/** A node that sends cameras. */
export interface CameraSource {
  readonly node: string;
  readonly state: NodeState;
  readonly cameras: Iterable<string>;
  tallied(camera: string): Tallied | undefined;
  /** True if it takes pictures on demand only, and no consumer wants one now. */
  isIdle(camera: string): boolean;
}

export interface CameraView {
  readonly sources: readonly CameraSource[];
  readonly reports: ReadonlyMap<string, readonly NodeReport[]>;
  name(camera: string): string;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** Sorted by id; a camera sent by several nodes is assigned to the first one. */
export function cameraStatuses({ sources, reports, name, now }: CameraView): CameraStatus[] {
  const found = new Map<string, CameraStatus>();
  for (const source of sources) {
    for (const id of source.cameras) {
      if (found.has(id)) continue;
      const nodeReports = reports.get(id) ?? [];
      const tallied = source.tallied(id);
      found.set(id, {
        id,
        name: name(id),
        node: source.node,
        ...stateOf(source, id, tallied, nodeReports),
        ...(tallied ? newest(tallied, now) : { rate: 0, frames: 0 }),
        viewers: nodeReports.reduce((sum, { viewers = 0 }) => sum + viewers, 0),
        urls: nodeReports.flatMap(urlsOf),
      });
    }
  }
  return [...found.values()].sort((a, b) => byNumber(a.id, b.id));
}

/** Sorts "cam2" before "cam10". Created on first use: it takes some 8 ms, which would delay every start. */
function byNumber(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}
let collator: Intl.Collator | undefined;

function stateOf(
  source: CameraSource,
  id: string,
  tallied: Tallied | undefined,
  nodeReports: readonly NodeReport[],
): { readonly state: CameraState; readonly why?: string } {
  const { state } = source;
  if (state.is !== 'running') return 'why' in state ? { state: state.is, why: state.why } : { state: state.is };
  const withReason = nodeReports.filter(({ why }) => why !== undefined);
  // Only an idle camera's own source can report that it is unreachable; to other nodes an idle camera is merely silent.
  const { why } =
    withReason.find(({ node }) => node === source.node) ?? (source.isIdle(id) ? {} : (withReason[0] ?? {}));
  if (why !== undefined) return { state: 'offline', why };
  if (source.isIdle(id)) return { state: 'idle' };
  return { state: tallied ? 'online' : 'waiting' };
}

const newest = ({ time, arrived, width, height, size, frames, ...more }: Tallied, now: number) => ({
  time,
  age: Math.max(0, Math.round(now - arrived)),
  width,
  height,
  size,
  frames,
  rate: rateOf({ time, arrived, width, height, size, frames, ...more }, now),
});

const urlsOf = ({ node, urls = {} }: NodeReport): CameraUrl[] =>
  Object.entries(urls).map(([what, url]) => ({ node, what, url }));
