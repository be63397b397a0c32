// Generated from v4l2.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Pixels. Without it, what the camera is set to.
 */
export type Width = number;
/**
 * Pixels. Without it, what the camera is set to.
 */
export type Height = number;
/**
 * How the camera sends its pictures. MJPG (or JPEG) passes as it is; the raw formats are encoded here, which needs sharp and costs about 20 ms of CPU for 1280x720.
 */
export type Format = 'MJPG' | 'JPEG' | 'YUYV' | 'UYVY' | 'NV12' | 'YU12' | 'GREY' | 'RGB3' | 'BGR3';
/**
 * Take the nearest size and format where the driver has not the wanted ones. Otherwise that is an error, with the list of what the camera offers.
 */
export type Adjust = boolean;
/**
 * JPEG quality of pictures from raw formats.
 */
export type Quality = number;
/**
 * Nodes of service/systemd whose units use the camera otherwise: they are stopped for each capture and started again after it.
 */
export type Interrupts = string | string[];
/**
 * The camera: the path that udev names after it (/dev/v4l/by-id/…) or after its USB port (/dev/v4l/by-path/…), any other path of a video device, or its number. "camd devices" lists them. A name by id finds the camera again in another port.
 */
export type Device = string | number;
/**
 * Pictures per second that the camera is set to. Without it, what the camera is set to.
 */
export type Fps = number;

/**
 * Runs v4l2-ctl (Debian package v4l-utils), which opens the camera, sets its format and controls, and streams. Pictures are judged by their bytes and carry the driver's own capture time. A camera is never opened twice: a stream and all captures share it. A missing, busy or hung camera makes the node degraded, with the reason and what to do; it is tried again after 0.2 to 5 seconds. Costs a process of v4l2-ctl while a camera is open; MJPG is not decoded.
 */
export interface SourceV4L2Options {
  /**
   * The camera: the path that udev names after it (/dev/v4l/by-id/…) or after its USB port (/dev/v4l/by-path/…), any other path of a video device, or its number. "camd devices" lists them. A name by id finds the camera again in another port.
   */
  device?: string | number;
  width?: Width;
  height?: Height;
  format: Format;
  /**
   * Pictures per second that the camera is set to. Without it, what the camera is set to.
   */
  fps?: number;
  adjust: Adjust;
  quality: Quality;
  controls?: Controls;
  warm_up?: WarmUp;
  interrupts?: Interrupts;
  /**
   * Several cameras in one node, by their ids. Options that a camera leaves out are those of the node.
   */
  cameras?: {
    /**
     * One camera.
     */
    [k: string]: {
      device: Device;
      width?: Width;
      height?: Height;
      format?: Format;
      fps?: Fps;
      adjust?: Adjust;
      quality?: Quality;
      controls?: Controls;
      warm_up?: WarmUp;
      interrupts?: Interrupts;
      /**
       * This camera is one of a stereo group: a capture of several of them at once opens all of their streams and takes the pictures with the nearest capture times. The frames carry `skew_ms`.
       */
      stereo: boolean;
    };
  };
  /**
   * "still" opens the camera for each picture that is asked for and closes it again. "on_demand" streams while it has viewers. "always" streams as long as camd runs.
   */
  mode: 'still' | 'on_demand' | 'always';
  /**
   * For mode on_demand: how long the stream goes on after the last viewer has left.
   */
  linger: Milliseconds;
  /**
   * A camera that has sent no picture for this long counts as hung: v4l2-ctl is killed, and the camera is opened again.
   */
  timeout: Milliseconds;
  /**
   * How long one picture may take, the opening of the camera included. After that the request is answered with 504.
   */
  capture_timeout: Milliseconds;
  /**
   * Controls are set again this long after the first picture, for cameras that forget them when the stream begins. "0ms": never.
   */
  reapply: Milliseconds;
  /**
   * Larger pictures are dropped.
   */
  max_frame: Bytes;
  /**
   * For stereo groups: the capture times of a set may differ by this much. By default half of the interval between two pictures.
   */
  max_skew?: Milliseconds;
  /**
   * For stereo groups: sets that are looked at before the capture fails because none is within `max_skew`.
   */
  attempts: number;
  /**
   * The id of the camera that its frames carry. The node's own id by default.
   */
  camera?: string;
}
/**
 * Controls to set, by their names in "camd devices": a number, true or false, or the text of a menu's item. Automatics are set first, all in one call, and again `reapply` after the first picture. The node is degraded while one of them does not hold. A changed control is set on reload without a stop of the stream.
 */
export interface Controls {
  /**
   * A number, true or false, or the text of a menu's item.
   */
  [k: string]: number | boolean | string;
}
/**
 * Pictures to leave out after each opening, while exposure and white balance find their values.
 */
export interface WarmUp {
  /**
   * So many pictures are left out.
   */
  pictures?: number;
  /**
   * Pictures of so long are left out.
   */
  time?: Milliseconds;
  /**
   * Wait until the brightness of five pictures in a row agrees within 2 %, for at most ten seconds. Needs sharp.
   */
  settled: boolean;
}
