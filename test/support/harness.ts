// Runs a whole profile inside the test process, as plugin authors do it with camd/testing.

export { type LogLine, type Running, type RunOptions, run } from '../../testing/run.ts';

/** The part of tap's test object that is needed. */
export interface Ending {
  teardown(work: () => void | Promise<void>): void;
}
