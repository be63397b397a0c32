// Wraps a function so that it runs only once.

/** Further calls do nothing. */
export function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
