// Generated from health.schema.json by "npm run generate"; change that instead.

/**
 * Two paths for service managers, containers and load balancers. `live` answers 200 for as long as the process answers at all. `ready` answers 200 when every node that counts is running, and otherwise 503 with the nodes at fault, their states and the reasons. Costs nothing between two requests.
 */
export interface HttpHealthOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The path that tells whether camd lives.
   */
  live: string;
  /**
   * The path that tells whether its nodes run.
   */
  ready: string;
  /**
   * Ids of the nodes that count. Default: all.
   */
  required?: string[];
  /**
   * Ids of nodes that do not count, such as a camera that is often away. They are listed as warnings.
   */
  optional: string[];
}
