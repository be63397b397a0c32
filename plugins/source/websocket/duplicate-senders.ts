// Detects two senders that use one camera's id in turn.

/** Milliseconds after the last change of address until the conflict counts as settled. */
export const SETTLED = 60_000;
/** Limit of cameras whose addresses are stored. */
export const MAX_REMEMBERED = 10_000;

export interface DuplicateSenders {
  /** A connection of this camera from `to` replaces one from `from`. */
  changed(camera: string, from: string, to: string, now: number): void;
  /** A sentence that names the camera and both addresses; undefined if there is no conflict. */
  trouble(now: number): string | undefined;
}

interface Change {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  /** The previous address has come back. */
  readonly again: boolean;
}

export function createDuplicateSenders(): DuplicateSenders {
  const changes = new Map<string, Change>();
  return {
    changed(camera, from, to, now) {
      if (from === to) return;
      const before = changes.get(camera);
      const recent = before !== undefined && now - before.at < SETTLED;
      const again = recent && (before.again || before.from === to);
      changes.delete(camera);
      changes.set(camera, { from, to, at: now, again });
      const oldest = changes.keys().next();
      if (changes.size > MAX_REMEMBERED && !oldest.done) changes.delete(oldest.value);
    },
    trouble(now) {
      for (const [camera, { from, to, at, again }] of changes) {
        if (now - at >= SETTLED) changes.delete(camera);
        else if (again) {
          const both = [from, to].sort().join(' and ');
          return `The camera ${camera} connects from ${both} in turn: give one of them another id.`;
        }
      }
      return undefined;
    },
  };
}
