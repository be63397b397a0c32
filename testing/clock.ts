// The clock of tests, which stands still until a test moves it.

export { type ManualClock, manualClock, settle } from '../core/base/manual-clock.ts';
