// Which cameras a viewer shows and the state of each, from the cache and its sources.

import type { Frame, Input, Node } from '../../../core/contract/plugin.ts';
import type { HttpViewerOptions } from '../../../schemas/http/viewer.ts';
import type { Listed } from './camera-list.ts';
import type { CameraState } from './wire.ts';

/** Milliseconds that a camera may take for its first picture before it counts as offline. */
const PATIENCE = 15_000;

export interface Outlook {
  cameras(): readonly Listed[];
  newest(camera: string): Frame | undefined;
  state(camera: string, wantedAt: number | undefined): CameraState;
}

export function createOutlook(node: Node<HttpViewerOptions>, input: Input): Outlook {
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

  return {
    // Cameras named in the profile are listed before their source reports them, so that a missing one is visible.
    cameras: () => (wanted ?? all()).map(listed),
    newest: (camera) => stills.current()?.latest(camera)?.frame,
    state(camera, wantedAt) {
      const still = stills.current()?.latest(camera);
      if (still && !still.stale) return 'live';
      const isOnDemand = input.answers('capture', camera);
      if (isOnDemand && wantedAt === undefined) return 'idle';
      const since = isOnDemand ? (wantedAt ?? started) : started;
      const isEarly = node.clock.monotonic() - since < PATIENCE;
      return isEarly && (isOnDemand || !still) ? 'waiting' : 'offline';
    },
  };
}
