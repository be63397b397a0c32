// Generated from disk.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Writes every frame to a file of its own and keeps the latest of each camera under a second name. A frame counts as taken only when it is on disk: sources that acknowledge (MQTT, HTTP uploads) do so after that, and frames that cannot be written are refused; cameras do not wait, and what the disk is too slow for is skipped and counted. Frames are passed on after they are kept, and also when they could not be, so that viewers never depend on the disk. Costs one fsync per frame (see durable), one frame of memory per camera and some twenty bytes of memory per kept file.
 */
export interface StoreDiskOptions {
  /**
   * Where the frames come from: one node or a list. Without it the store only keeps what other nodes put into it.
   *
   * @minItems 1
   */
  from?: string | string[];
  /**
   * The folder. It is made when it is not there. Links inside of it are never followed.
   */
  path: string;
  /**
   * Name of each file below the folder, of {camera}, {time}, {seq} (a running number that goes on after a restart) and {ext} (jpg or png); "/" makes sub-folders. Only files that match it exactly belong to the store. Frames of the same time get "~2", "~3" behind it.
   */
  name: string;
  /**
   * How {time} is written, in strftime's words: %Y %m %d %H %M %S %L (milliseconds) %f (microseconds) %s (seconds since 1970) %z (offset) %%. It may have "/" in it, for a folder per day. The default sorts by name.
   */
  time_format: string;
  /**
   * Time zone of {time}, such as Europe/Berlin. Add %z to time_format where clocks change, and leave out the Z.
   */
  timezone: string;
  /**
   * Whose pictures these are, for a name without {camera}. Frames of other cameras are refused.
   */
  camera?: string;
  /**
   * Name of each camera's latest picture below the folder, of {camera} and {ext}. It is replaced in one step and always shows a picture that is kept.
   */
  latest: string;
  /**
   * The latest picture as a file of its own (a hard link, so that it costs no space; a copy on disks without them), as a symbolic link, or not at all.
   */
  latest_as: 'file' | 'symlink' | 'none';
  /**
   * Whether cameras on demand run for the store: "on_demand" keeps what they send while others ask for it, and every picture that is asked for through the store; "always" makes them run all the time.
   */
  mode: 'always' | 'on_demand';
  /**
   * Flush every file and its folder to the disk before the frame counts as taken. False is faster and survives a crash of camd, not one of the machine.
   */
  durable: boolean;
  /**
   * Space to leave free on the disk. Frames that would take more are refused until there is space again.
   */
  min_free: Bytes;
  /**
   * Files to keep at most; further frames are refused. Bounds the memory of the index. retain/policy deletes by rules.
   */
  max_files: number;
  /**
   * Files written at the same time, each of another camera.
   */
  writers: number;
  /**
   * Frames of cameras that may wait for the disk; further ones are passed on but not kept.
   */
  queue: number;
  /**
   * A camera that has sent nothing for this long is offline. Without it the latest picture is good however old it is.
   */
  stale_after?: Milliseconds;
  /**
   * Cameras whose latest frame is held in memory.
   */
  max_cameras: number;
}
