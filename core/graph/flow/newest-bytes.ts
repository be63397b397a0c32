// Counts the bytes of the newest frame of every camera of every node.

/** Cameras of one node whose newest frame is counted. */
export const MAX_COUNTED = 100_000;
/** A silent camera is dropped after this many collections. */
export const FORGET_AFTER = 64;

export interface NewestBytes {
  /** Bytes of all newest frames together. */
  readonly held: number;
  of(node: string): (camera: string, bytes: number) => void;
  /** Call after each garbage collection. */
  turn(): void;
}

interface Counted {
  bytes: number;
  at: number;
}

export function createNewestBytes(): NewestBytes {
  const nodes = new Map<string, Map<string, Counted>>();
  let held = 0;
  let turn = 0;

  const forgetSilent = (): void => {
    for (const cameras of nodes.values()) {
      for (const [camera, { bytes, at }] of cameras) {
        if (turn - at < FORGET_AFTER) continue;
        cameras.delete(camera);
        held -= bytes;
      }
    }
  };
  return {
    get held() {
      return held;
    },
    of(node) {
      const cameras = nodes.get(node) ?? new Map<string, Counted>();
      nodes.set(node, cameras);
      return (camera, bytes) => {
        const before = cameras.get(camera);
        if (before) {
          held += bytes - before.bytes;
          before.bytes = bytes;
          before.at = turn;
        } else if (cameras.size < MAX_COUNTED) {
          cameras.set(camera, { bytes, at: turn });
          held += bytes;
        }
      };
    },
    turn() {
      turn++;
      if (turn % FORGET_AFTER === 0) forgetSilent();
    },
  };
}
