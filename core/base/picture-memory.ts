// Allocates memory for new pictures: memory that V8 counts, or shared memory, which it does not.

let shared = false;

/**
 * One setting per process, since there is one heap. V8 never collects because of uncounted memory, so the caller of this function must
 * trigger collections in time; see core/graph/flow/young-collection.ts.
 */
export function useSharedMemory(use: boolean): void {
  shared = use;
}

export const usesSharedMemory = (): boolean => shared;

/** A buffer of its own, not initialised. */
export function pictureMemory(bytes: number): Buffer {
  return shared ? Buffer.from(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes);
}
