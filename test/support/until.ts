// Waits for a condition, as plugin authors do with camd/testing.

export { until } from '../../testing/until.ts';
