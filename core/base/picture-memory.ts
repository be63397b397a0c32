// Where new pictures lie: in memory that V8 counts, or in shared memory, which it does not.

let shared = false;

/**
 * One setting for the process, as there is one heap. V8 answers uncounted memory with no collection at all, so whoever sets this
 * collects in time; see core/graph/flow/young-collection.ts.
 */
export function useSharedMemory(use: boolean): void {
  shared = use;
}

export const usesSharedMemory = (): boolean => shared;

/** Bytes of their own. They hold anything. */
export function pictureMemory(bytes: number): Buffer {
  return shared ? Buffer.from(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes);
}
