// The cameras of a viewer with their states and reasons, from the cache and the daemon.

import type { Frame, Input, Node } from '../../../core/contract/plugin.ts';
import type { HttpViewerOptions } from '../../../schemas/http/viewer.ts';
import type { Listed, ReasonedState } from './camera-list.ts';
import type { CameraState } from './wire.ts';

/** Milliseconds without a first picture after which a camera counts as offline. */
const FIRST_PICTURE_MS = 15_000;
/** Milliseconds for which the reasons of all cameras are cached. */
const REASONS_MS = 500;
/** Most characters of a reason. */
const MAX_WHY = 300;

export interface ViewerCameras {
  cameras(): readonly Listed[];
  newest(camera: string): Frame | undefined;
  state(camera: string, wantedAt: number | undefined): ReasonedState;
}

export function createViewerCameras(node: Node<HttpViewerOptions>, input: Input): ViewerCameras {
  const { cameras: wanted } = node.options;
  const stills = node.ref('from', 'stills');
  const started = node.clock.monotonic();
  const listed = (id: string): Listed => ({ id, name: node.cameras.name(id) });

  // Sorts "cam2" before "cam10".
  const byName = new Intl.Collator('en', { numeric: true });

  let known: readonly string[] = [];
  let sorted: readonly string[] = [];
  /** Cached, because it is read often and changes seldom. */
  const all = (): readonly string[] => {
    const now = stills.current()?.cameras() ?? [];
    if (now.length === known.length && now.every((id, index) => id === known[index])) return sorted;
    known = now;
    sorted = [...now].sort(byName.compare);
    return sorted;
  };

  let reasons: ReadonlyMap<string, string> = new Map();
  let reasonsAt = Number.NEGATIVE_INFINITY;
  /** The daemon has removed secrets from the reasons. One read serves all cameras, and only cameras that are not live need it. */
  const reason = (camera: string): string | undefined => {
    const now = node.clock.monotonic();
    if (now - reasonsAt >= REASONS_MS) {
      reasonsAt = now;
      reasons = new Map(node.daemon.cameras().flatMap(({ id, why }) => (why === undefined ? [] : [[id, why]])));
    }
    return reasons.get(camera)?.slice(0, MAX_WHY);
  };

  const stateOf = (camera: string, wantedAt: number | undefined): CameraState => {
    const still = stills.current()?.latest(camera);
    if (still && !still.stale) return 'live';
    const isOnDemand = input.answers('capture', camera);
    if (isOnDemand && wantedAt === undefined) return 'idle';
    const since = isOnDemand ? (wantedAt ?? started) : started;
    const isEarly = node.clock.monotonic() - since < FIRST_PICTURE_MS;
    return isEarly && (isOnDemand || !still) ? 'waiting' : 'offline';
  };

  return {
    // Cameras of the profile are listed before their source announces them, so that a missing camera is visible.
    cameras: () => (wanted ?? all()).map(listed),
    newest: (camera) => stills.current()?.latest(camera)?.frame,
    state(camera, wantedAt) {
      const state = stateOf(camera, wantedAt);
      return { state, why: state === 'offline' || state === 'waiting' ? reason(camera) : undefined };
    },
  };
}
