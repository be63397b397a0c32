// Generated from disk.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Writes every frame to its own file and provides the latest of each camera under a second name. Sources that acknowledge (MQTT, HTTP uploads) do so only after the frame is on disk; a frame that cannot be written is refused. Cameras do not wait: frames that the disk is too slow for are skipped and counted. Frames are passed on after they are stored, and also when storing fails, so that viewers never depend on the disk. Costs one fsync per frame (see durable), one frame of memory per camera and about twenty bytes of memory per stored file.
 */
export interface StoreDiskOptions {
  /**
   * Where the frames come from: one node or a list. Without it the store holds only frames that other nodes put into it.
   *
   * @minItems 1
   */
  from?: string | string[];
  /**
   * The folder; it is created if missing. Symbolic links inside it are never followed.
   */
  path: string;
  /**
   * The name of each file below the folder, from {prefix} (see prefixes), {camera}, {time}, {seq} (a number that continues after a restart) and {ext} (jpg or png); "/" creates subfolders. Only files that match the pattern exactly belong to the store. Frames of the same time get the suffix "~2", "~3" and so on.
   */
  name: string;
  /**
   * The allowed values of {prefix}. A picture that is captured on request may bring its prefix along, as those of http/snapshot-api do; every other one gets the first of the list.
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: Letters, digits, "_" and "-".
   */
  prefixes: string[];
  /**
   * The format of {time}, with strftime directives: %Y %m %d %H %M %S %L (milliseconds) %f (microseconds) %s (seconds since 1970) %z (offset) %%. It may contain "/" for a folder per day. The default sorts by name.
   */
  time_format: string;
  /**
   * Time zone of {time}, such as Europe/Berlin. For a zone with daylight-saving time, add %z to time_format and leave out the Z.
   */
  timezone: string;
  /**
   * The camera whose frames to store, for a name without {camera}. Frames of other cameras are refused.
   */
  camera?: string;
  /**
   * The name of each camera's latest picture below the folder, from {camera} and {ext}. It is replaced atomically and always shows a stored picture.
   */
  latest: string;
  /**
   * How to provide the latest picture: as a file (a hard link, which costs no space, or a copy on disks without hard links), as a symbolic link, or not at all.
   */
  latest_as: 'file' | 'symlink' | 'none';
  /**
   * The number of pictures of each camera to keep; older ones are deleted `grace` after they were replaced, never while they are being read, and after a restart at once. The latest name never leads to a deleted picture. With `keep`, names go on rising when the clock is set back. Without it everything is kept, until retain/policy deletes it.
   */
  keep?: number;
  /**
   * With keep: how long a picture stays after it was replaced, for programs that have just read where the link leads.
   */
  grace: Milliseconds;
  /**
   * Whether cameras on demand run for the store: "on_demand" stores the frames that they send for others, and every picture requested through the store; "always" keeps them running.
   */
  mode: 'always' | 'on_demand';
  /**
   * Flushes every file and its folder to the disk before the frame is acknowledged. False is faster; frames then survive a crash of camd but not a power failure.
   */
  durable: boolean;
  /**
   * Space to leave free on the disk. While less is free, frames are refused.
   */
  min_free: Bytes;
  /**
   * The largest number of files; further frames are refused. It limits the memory of the index. retain/policy deletes old files by rules.
   */
  max_files: number;
  /**
   * The number of files written at the same time, each of another camera.
   */
  writers: number;
  /**
   * The number of camera frames that may wait for the disk; further ones are passed on but not stored.
   */
  queue: number;
  /**
   * A camera that has sent nothing for this long is offline. Without it the latest picture counts as current at any age.
   */
  stale_after?: Milliseconds;
  /**
   * The largest number of cameras whose latest frame is held in memory.
   */
  max_cameras: number;
}
