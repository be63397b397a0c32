// Generated from metrics.schema.json by "npm run generate"; change that instead.

/**
 * Answers GET with the daemon's metrics in Prometheus's text format: for each node its state, frames in and out, bytes, skipped frames, restarts and its own counters (viewers, connections, requests and their durations, uploads, messages); reloads with the last result; memory, CPU time and event-loop delay. Between scrapes it costs one timer every 20 ms.
 */
export interface HttpMetricsOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * A cache or store: adds for each of its cameras the time of the last picture, and whether it is online.
   */
  cameras?: string;
  /**
   * The path.
   */
  path: string;
}
