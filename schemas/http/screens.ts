// Generated from screens.schema.json by "npm run generate"; change that instead.

/**
 * GET on the path lists the screens, and GET on PATH/{camera}/state shows one: `online`, the time of the last `picture`, and the last `status` and `heartbeat` that source/mqtt has received. POST on PATH/{camera}/capture has the source publish a command to the screen, which then sends a picture at once; the answer is 202. It needs credentials of the server, and pages of other origins are refused. A viewer on the same server shows a button for it. Costs almost nothing.
 */
export interface HttpScreensOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The store or cache whose screens are shown.
   */
  from: string;
  /**
   * The path of the list.
   */
  path: string;
  /**
   * The registry whose screens are shown. Without it the cameras of `from` are.
   */
  only?: string;
  /**
   * Everyone who reaches a server without auth may ask for pictures.
   */
  anyone: boolean;
}
