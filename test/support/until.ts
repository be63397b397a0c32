// Waiting for a condition, as plugin authors do it with camd/testing.

export { until } from '../../testing/until.ts';
