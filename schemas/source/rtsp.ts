// Generated from rtsp.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Runs one ffmpeg, which decodes the stream (H.264, H.265, MJPEG) and hands JPEGs to camd. With the default, `frames: key`, it decodes only key frames: a picture every one to four seconds for 1 to 3 % of a core at 1080p. Five pictures a second cost 10 to 15 %. Each ffmpeg needs 80 to 100 MB of memory. It is started again after 0.2 to 5 seconds whenever it ends or sends nothing for `timeout`. The password is not on its command line. Needs ffmpeg 5.1 or newer.
 */
export interface SourceRtspOptions {
  /**
   * The stream's URL, such as rtsp://192.168.1.20:554/stream1. It may contain a user and a password.
   */
  url: string;
  /**
   * The user of the camera.
   */
  username?: string;
  /**
   * The password of that user.
   */
  password?: string;
  /**
   * "key" takes the key frames alone, which is cheap. A rate such as 5/s decodes the stream and takes that many pictures, "all" takes each.
   */
  frames: string;
  /**
   * Scales the pictures to this width in pixels and keeps the aspect ratio. Default: as the camera sends them.
   */
  width?: number;
  /**
   * The quality of the JPEGs, from 1 to 100.
   */
  quality: number;
  /**
   * "tcp" loses nothing and passes firewalls. "udp" is for cameras that offer nothing else.
   */
  transport: 'tcp' | 'udp';
  /**
   * Decodes in hardware: the name of a method of `ffmpeg -hwaccels`, such as vaapi, cuda, qsv or drm; "auto" takes the first that is available. Default: software.
   */
  hardware?: string;
  /**
   * The ffmpeg to run: a name found in PATH, or a path.
   */
  program: string;
  /**
   * A stream that has sent no picture for this long is opened anew. It must be longer than the camera's key-frame interval.
   */
  timeout: Milliseconds;
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
