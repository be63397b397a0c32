// Generated from directory.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Takes the JPEG and PNG files that lie in a folder and below it, and each one that comes, in the order of their times. A file is taken when it is complete: its picture has its end, and it has not changed for `settle`. Files of other kinds, hidden files and symbolic links are left alone. Stores acknowledge a picture before its file is deleted or counts as taken. The kernel reports new files (inotify); the folder is also read every `rescan`, for network drives and missed reports. Costs one read of each file; with `after: keep` also about 100 bytes of memory and of the state folder for each file there.
 */
export interface SourceDirectoryOptions {
  /**
   * The folder. While it does not exist, camd waits for it.
   */
  path: string;
  /**
   * "one": all pictures are of one camera. "folders": each folder directly below `path` is a camera with the name of the folder; pictures outside of the folders are ignored. Deeper folders, such as one for each day, belong to their camera.
   */
  cameras: 'one' | 'folders';
  /**
   * The camera id of its frames with `cameras: one`: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
  /**
   * The action on a file whose picture has been passed on and, if the profile has a store, stored. "keep" leaves it and remembers it over restarts; "delete" removes it, and its folder when that has been empty for an hour.
   */
  after: 'keep' | 'delete';
  /**
   * The action on a file that has not grown for 30 seconds and whose picture is still incomplete: it counts as lost, and is left or deleted.
   */
  broken: 'keep' | 'delete';
  /**
   * How long a complete file must have been unchanged. Programs that rename a finished file into the folder do not need it.
   */
  settle: Milliseconds;
  /**
   * How often the folder is read, besides on every event.
   */
  rescan: Milliseconds;
  /**
   * The largest file that is taken.
   */
  max_frame: Bytes;
}
