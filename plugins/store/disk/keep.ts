// Deletes the pictures that `keep` no longer covers: after a grace, never one that is being read, and only the store's own.

import type { Catalogue } from './catalogue.ts';

export interface Keep {
  /** After a picture was stored: the older ones of its camera go when the grace is over. */
  stored(camera: string): void;
  /** After the index was rebuilt: what an earlier run has left behind goes at once. */
  indexed(): Promise<void>;
  /** Notes that a picture is read; what it returns notes the end. */
  reading(id: string): () => void;
  /** Deletes what is due. A picture that cannot be deleted is tried again at the next call. */
  sweep(): Promise<void>;
}

export interface KeepOptions {
  /** Pictures of each camera. */
  readonly pictures: number;
  /** Milliseconds from the picture that replaces another until that one goes. */
  readonly grace: number;
  readonly catalogue: Catalogue;
  monotonic(): number;
  /** False when it was not there. */
  remove(id: string): Promise<boolean>;
}

export function createKeep({ pictures, grace, catalogue, monotonic, remove }: KeepOptions): Keep {
  /** When each picture goes, oldest first. It holds what was stored within the grace, so the grace bounds it. */
  const due = new Map<string, number>();
  const readers = new Map<string, number>();
  let sweeping: Promise<void> | undefined;

  /** Ids beyond the newest `pictures` of a camera. */
  const beyond = (camera: string): string[] =>
    catalogue
      .list({ camera, limit: due.size + pictures + MARGIN, order: 'newest-first' })
      .slice(pictures)
      .map(({ id }) => id);

  const drop = async (id: string): Promise<void> => {
    if (readers.has(id)) return;
    const gone = await remove(id).then(
      () => true,
      () => false,
    );
    if (gone) due.delete(id);
  };
  const run = async (): Promise<void> => {
    const now = monotonic();
    for (const [id, at] of [...due]) if (at <= now) await drop(id);
  };

  return {
    stored(camera) {
      const at = monotonic() + grace;
      for (const id of beyond(camera)) if (!due.has(id)) due.set(id, at);
    },
    async indexed() {
      for (const camera of catalogue.cameras()) {
        for (let old = beyond(camera); old.length > 0; ) {
          const mine = old.filter((id) => !due.has(id));
          for (const id of mine) await drop(id);
          const rest = beyond(camera);
          old = rest.length < old.length ? rest : [];
        }
      }
    },
    reading(id) {
      readers.set(id, (readers.get(id) ?? 0) + 1);
      return () => {
        const left = (readers.get(id) ?? 1) - 1;
        if (left > 0) readers.set(id, left);
        else readers.delete(id);
      };
    },
    async sweep() {
      sweeping ??= run().finally(() => {
        sweeping = undefined;
      });
      await sweeping;
    },
  };
}

/** Pictures looked at beyond those that are known to go; an earlier run may have left more. */
const MARGIN = 1000;
