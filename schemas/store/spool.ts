// Generated from spool.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds, PerSecond } from '../../core/base/units.ts';

/**
 * Stores frames and passes them on. A source that acknowledges (MQTT, HTTP uploads) does so when the frame is on disk; many frames share one fsync. The frames of a camera are passed on in order, several cameras at the same time, and a frame is forgotten when the consumers have acknowledged it: an upload with `send: every`. After a crash the rest is passed on. A picture that the server refuses for good goes to the dead letters; `camd spool` shows them, sends them again or drops them. Uses up to 8 MiB of memory for new frames and about 100 bytes for each of the next 16,000; the others wait on disk. docs/durability.md describes the guarantees and the format.
 */
export interface StoreSpoolOptions {
  /**
   * Where the frames come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The folder; it is created if missing. Only one camd may use it at a time.
   */
  path: string;
  /**
   * The largest size of all frames that wait.
   */
  max_bytes: Bytes;
  /**
   * The largest number of frames that wait.
   */
  max_frames: number;
  /**
   * Frames that have waited for longer are dropped and counted. Without it they wait as long as necessary.
   */
  max_age?: Milliseconds;
  /**
   * The action on a frame that does not fit. `block`: it is refused, so that its sender keeps it; frames of cameras are skipped. `oldest`: the oldest frames are dropped, a sixteenth of the spool at a time. `newest`: the new frame is dropped. Dropped frames are acknowledged and counted.
   */
  at_limit: 'block' | 'oldest' | 'newest';
  /**
   * `oldest-first`: the frames of each camera in order. `newest-first`: new pictures first, then the backlog from its newest to its oldest, so that live pictures are not late while a backlog is sent.
   */
  order: 'oldest-first' | 'newest-first';
  /**
   * The largest number of frames passed on per second, so that a server is not overrun after an outage. It must exceed the rate of new frames. Without it, frames are passed on as fast as they are acknowledged.
   */
  rate?: PerSecond;
  /**
   * The number of cameras whose frames are with the consumer at the same time.
   */
  parallel: number;
  /**
   * Takes one frame of each camera per interval from sources that do not wait for an acknowledgement, such as a camera with 15 frames per second. Without it, every frame.
   */
  every?: Milliseconds;
  /**
   * `all`: every frame is kept. `thin`: while the backlog is larger than thin_above, one frame of each camera per thin_every is kept; the others are acknowledged, dropped and counted.
   */
  mode: 'all' | 'thin';
  /**
   * With `mode: thin`: the size of the backlog from which frames are left out. Half of max_bytes if missing.
   */
  thin_above?: Bytes;
  /**
   * With `mode: thin`: the interval in which one frame of each camera is kept.
   */
  thin_every: Milliseconds;
  /**
   * The largest number of dead letters; the oldest ones make room and are counted.
   */
  max_dead: number;
  /**
   * The largest size of all dead letters; the oldest ones make room.
   */
  max_dead_bytes: Bytes;
  /**
   * Space to leave free on the disk. While less is free, frames are refused.
   */
  min_free: Bytes;
}
