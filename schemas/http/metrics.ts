// Generated from metrics.schema.json by "npm run generate"; change that instead.

/**
 * Answers GET with the numbers of the whole daemon in Prometheus's text format: per node its state, frames in and out, bytes, skipped frames, restarts and what it counts itself (viewers, connections, requests and their durations, uploads, messages); reloads with the last result; memory, CPU time and the delay of the event loop. Costs nothing between two scrapes but a timer every 20 ms.
 */
export interface HttpMetricsOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The path.
   */
  path: string;
}
