// Runs a whole profile inside the test process, as plugin authors do with camd/testing.

export { type LogLine, type Running, type RunOptions, run } from '../../testing/run.ts';

/** The required part of tap's test object. */
export interface Ending {
  teardown(work: () => void | Promise<void>): void;
}
