// Generated from exec.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Runs a command without a shell and parses its stdout; its stderr goes to the log. A command that ends is restarted after 0.2 to 5 seconds. It is stopped with SIGTERM, then SIGKILL, together with all processes that it started. Its environment is PATH, HOME, language, time zone and display from camd's environment plus `env`, and nothing else. With `every`, the command takes one picture, ends, and runs again at that interval. Costs one process while it runs.
 */
export interface SourceExecOptions {
  /**
   * The program and its arguments, one list item each. No shell: no quoting, no pipes, and only camd's own ${…} variables.
   *
   * @minItems 1
   * @maxItems 256
   *
   * Items: The program, then one argument each.
   */
  command: string[];
  /**
   * More variables of its environment.
   */
  env?: {
    /**
     * The value of the variable.
     */
    [k: string]: string;
  };
  /**
   * Its working directory. Default: camd's working directory.
   */
  cwd?: string;
  /**
   * A device that the command uses exclusively, such as /dev/video0. Two nodes cannot claim the same device, and a reload stops the old node before the new one starts.
   */
  device?: string;
  /**
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options. With `every`, use `still` for commands that write a PNG.
   */
  parse: string | Record<string, unknown>;
  /**
   * A command that has written nothing for this long is restarted. With `every`: the longest time for one run.
   */
  timeout: Milliseconds;
  /**
   * How long it may take to exit after SIGTERM before it is killed.
   */
  grace: Milliseconds;
  /**
   * Runs the command at this interval, for one picture each time.
   */
  every?: Milliseconds;
  /**
   * The number of pictures to skip after each start, for cameras whose first pictures are dark or green. With `every`, the last picture of the output counts.
   */
  skip: number;
  /**
   * Smaller pictures are skipped, because broken cameras send them.
   */
  min_size: Bytes;
  /**
   * "always" runs as long as camd does. "on_demand" runs only while a viewer, a store or a request needs pictures; in between it costs nothing.
   */
  mode: 'always' | 'on_demand';
  /**
   * For mode on_demand: how long it runs after the last consumer has left.
   */
  linger: Milliseconds;
  /**
   * For mode on_demand: how long a snapshot may take, including the start of the camera. After that the request gets 504.
   */
  capture_timeout: Milliseconds;
  /**
   * The camera id of its frames: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
}
