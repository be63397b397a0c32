// Generated from exec.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Runs a command, never through a shell, and parses what it writes to stdout; what it writes to stderr goes to the log. A command that ends is started again after 0.2 to 5 seconds. It is stopped with SIGTERM, then SIGKILL, together with everything that it has started. It gets PATH, HOME, the language, time zone and display of camd's environment and what `env` adds, and nothing else. With `every`, the command takes one picture and ends, and is run at that interval. Costs a process while it runs.
 */
export interface SourceExecOptions {
  /**
   * The program and its arguments, one list item each. No shell: no quoting, no pipes, no variables but camd's own.
   *
   * @minItems 1
   * @maxItems 256
   *
   * Items: The program, then one argument each.
   */
  command: string[];
  /**
   * Variables for its environment.
   */
  env?: {
    /**
     * The value of the variable.
     */
    [k: string]: string;
  };
  /**
   * The folder in which it runs. The folder in which camd runs by default.
   */
  cwd?: string;
  /**
   * A device that the command needs for itself, such as /dev/video0. Two nodes cannot have the same one, and one that moves to another node is free before that starts.
   */
  device?: string;
  /**
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options. With `every`, take `still` for commands that write a PNG.
   */
  parse: string | Record<string, unknown>;
  /**
   * A command that has written nothing for this long is stopped and started again. With `every`: how long it may take altogether.
   */
  timeout: Milliseconds;
  /**
   * How long it may take to end after SIGTERM before it is killed.
   */
  grace: Milliseconds;
  /**
   * Run the command at this interval, for one picture each.
   */
  every?: Milliseconds;
  /**
   * Pictures to leave out after each start, for cameras whose first ones are dark or green. With `every`, the last picture of the output counts and this has no effect unless more come.
   */
  skip: number;
  /**
   * Smaller pictures are left out: a broken camera's tend to be.
   */
  min_size: Bytes;
  /**
   * "always" runs as long as camd does. "on_demand" runs only while somebody watches, stores or asks for a snapshot; in between it costs nothing.
   */
  mode: 'always' | 'on_demand';
  /**
   * For mode on_demand: how long it goes on after the last one who wanted pictures has left.
   */
  linger: Milliseconds;
  /**
   * For mode on_demand: how long a snapshot may take, the start of the camera included. After that the request is answered with 504.
   */
  capture_timeout: Milliseconds;
  /**
   * The id of the camera that its frames bear: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
}
