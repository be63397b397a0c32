// The manual clock, as plugin authors get it from camd/testing.

export { type ManualClock, manualClock, settle } from '../../testing/clock.ts';
