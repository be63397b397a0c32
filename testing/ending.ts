// The part of a test's context that the tools need: a hook for work at the end of the test.

type Work = () => void | Promise<void>;

/** The context of a test of node:test (`after`) or of tap (`teardown`). */
export type Ending = { teardown(work: Work): void } | { after(work: Work): void };

export function atEnd(t: Ending, work: Work): void {
  if ('teardown' in t) t.teardown(work);
  else t.after(work);
}
