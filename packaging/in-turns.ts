// Processes a list, several items at a time.

/** `work` gets each item and its number from 0; when one is done, the next begins. Rejects with the first rejection. */
export async function inTurns<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T, number: number, worker: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (_: unknown, own: number): Promise<void> => {
    while (next < items.length) {
      const number = next++;
      await work(items[number] as T, number, own);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
