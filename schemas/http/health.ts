// Generated from health.schema.json by "npm run generate"; change that instead.

/**
 * Two paths for service managers, containers and load balancers. `live` answers 200 as long as the process responds. `ready` answers 200 when every required node is running, otherwise 503 with the failing nodes, their states and the reasons. Costs nothing between requests.
 */
export interface HttpHealthOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The liveness path.
   */
  live: string;
  /**
   * The readiness path.
   */
  ready: string;
  /**
   * Ids of the nodes that must be running. Default: all.
   */
  required?: string[];
  /**
   * Ids of nodes that need not be running, such as a camera that is often offline. They are listed as warnings.
   */
  optional: string[];
}
