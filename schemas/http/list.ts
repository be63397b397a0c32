// Generated from list.schema.json by "npm run generate"; change that instead.

/**
 * Answers GET with an array: `id` (a number where it is one), `name` and `description` (facts of the registry), `lastActive` (UTC), `preview` (base64 without a prefix, "" before the first picture), and also `online`, `size` (bytes) and `rate` (pictures per second). Cameras of the registry are listed whether or not they ever connected. A preview is made once per picture, and needs the optional package sharp unless it is the whole picture. Costs about 10 ms of CPU per new preview.
 */
export interface HttpListOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The cache/latest whose cameras are listed.
   */
  from: string;
  /**
   * The path.
   */
  path: string;
  /**
   * The registry whose cameras are listed. Without it the cameras of `from` are.
   */
  only?: string;
  /**
   * `thumbnail`: the newest picture made small. `whole`: the picture itself, as the original has it. `none`: always "".
   */
  preview: 'thumbnail' | 'whole' | 'none';
  /**
   * Pixels across a thumbnail.
   */
  preview_width: number;
}
