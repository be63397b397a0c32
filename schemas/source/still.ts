// Generated from still.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Starts rpicam-still (or libcamera-still) once, in signal mode, and triggers it for each picture, so that the camera stays warm and a picture takes a fraction of a second. Any other program that takes a picture on a signal or on a newline works too. One picture is under way at a time; each bears the time at which it was triggered, so no picture is older than it says. A program that is not ready is never signalled: SIGUSR1 would end it. A program that gives no picture within `timeout` is ended (SIGUSR2, or x on its stdin, then SIGTERM, then SIGKILL, to its whole process group) and started again after 0.2 to 5 seconds; the node says why and what to do. Pictures that the program writes without being asked are left out. Costs a process while it runs.
 */
export interface SourceStillOptions {
  /**
   * The program and its arguments, one list item each, instead of rpicam-still; no shell. The options `width` to `arguments` are then not used. camd puts `setpriv --pdeathsig KILL` in front, where that works, so that the program never outlives camd and keeps the camera, and with `output: stdout` also `stdbuf -o0`, because C programs hold back the end of each picture.
   *
   * @minItems 1
   * @maxItems 256
   *
   * Items: The program, then one argument each.
   */
  command?: string[];
  /**
   * Pixels; even. The sensor's own width by default.
   */
  width?: number;
  /**
   * Pixels; even. The sensor's own height by default.
   */
  height?: number;
  /**
   * JPEG quality.
   */
  quality: number;
  /**
   * Degrees; the camera itself can do 0 and 180, without any cost. For 90 and 270 use transform/image.
   */
  rotate: 0 | 180;
  /**
   * Which camera of the machine, as `rpicam-still --list-cameras` counts them.
   */
  camera_number: number;
  /**
   * Further arguments for rpicam-still, such as --zsl, --awb or --tuning-file.
   *
   * @maxItems 128
   *
   * Items: One argument.
   */
  arguments: string[];
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
   * A device that the program needs for itself, such as /dev/video0. Two nodes cannot have the same one.
   */
  device?: string;
  /**
   * How to trigger the program: the signal SIGUSR1 (`-s`), or a newline on its stdin (`-k`).
   */
  trigger: 'USR1' | 'newline';
  /**
   * When the program can be triggered after its start: a text that appears in a line on its stderr, or a time such as 3s. The default is the line that libcamera writes once the camera is open. A program that SIGUSR1 ended was not ready; it gets 1s more next time, then 2s, up to 30s.
   */
  ready: string;
  /**
   * Where the pictures come out: "stdout" (`-o -`, so that nothing half-written can be seen), or "file".
   */
  output: 'stdout' | 'file';
  /**
   * With `output: file`: the file that the program writes, best on a tmpfs such as /run. A picture is taken when it begins with SOI, ends with EOI and has stopped growing; then the file is removed, as it is before each trigger, so that an old picture is never taken for a new one.
   */
  file?: string;
  /**
   * With `output: stdout`: the parser that finds the pictures in the bytes, its name or a map with `use` and its options.
   */
  parse: string | Record<string, unknown>;
  /**
   * Take a picture at this interval. A picture that takes longer delays the next one to the interval after it.
   */
  every: Milliseconds;
  /**
   * How long the program may take from its start until it is ready, before it is ended and started again.
   */
  start_timeout: Milliseconds;
  /**
   * How long a picture may take, before the program is ended and started again.
   */
  timeout: Milliseconds;
  /**
   * How long it may take to end: it is asked in its own way first, gets SIGTERM after half of this and SIGKILL after all of it.
   */
  grace: Milliseconds;
  /**
   * "always" takes pictures as long as camd runs. "on_demand" runs the program only while a viewer, a store or a request needs pictures; in between the camera is off.
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
