// Deletes the pictures that `keep` no longer covers: after a grace period, never one that is being read, and only the store's own.

import type { Catalogue } from './catalogue.ts';

export interface Keep {
  /** Call it after a picture was stored: older ones of its camera are deleted after the grace period. */
  stored(camera: string): void;
  /** Call it after the index was rebuilt: leftovers of an earlier run are deleted at once. */
  indexed(): Promise<void>;
  /** Marks a picture as being read; the returned function ends that. */
  reading(id: string): () => void;
  /** Deletes the pictures that are due. The next call retries pictures that could not be deleted. */
  sweep(): Promise<void>;
}

export interface KeepOptions {
  /** Pictures of each camera. */
  readonly pictures: number;
  /** Milliseconds from the picture that replaces another until that one is deleted. */
  readonly grace: number;
  readonly catalogue: Catalogue;
  monotonic(): number;
  /** False if there was no such picture. */
  remove(id: string): Promise<boolean>;
}

export function createKeep({ pictures, grace, catalogue, monotonic, remove }: KeepOptions): Keep {
  /** Id → when the picture is due, oldest first. The grace period limits its size. */
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
    const isDeleted = await remove(id).then(
      () => true,
      () => false,
    );
    if (isDeleted) due.delete(id);
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
          const leftovers = old.filter((id) => !due.has(id));
          for (const id of leftovers) await drop(id);
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

/** Pictures that are checked beyond those that are due; an earlier run may have left more. */
const MARGIN = 1000;
