// A frame: one complete still image with its camera, number, time and metadata.

import { pictureMemory } from '../base/picture-memory.ts';

export type ImageType = 'image/jpeg' | 'image/png';

/** A small JSON-like value that describes a frame: a topic, a stored file's name, an IMU reading. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [key: string]: Fact };

/** A picture recognised by a parser: the whole picture, its type and its size in pixels. */
export interface Image {
  /**
   * The encoded picture. Never modified after it has been passed on. With many or large cameras it lies in shared memory, which `fetch`
   * and WebCrypto reject: pass them a copy, `Buffer.from(data)`.
   */
  readonly data: Buffer;
  readonly type: ImageType;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /**
   * True if `data` lies inside a buffer of its own with HEADROOM free bytes before it and TAILROOM after it (see `allocate`), so that the
   * framing of a protocol can be written around it without a copy.
   */
  readonly hasHeadroom: boolean;
}

export interface Frame extends Image {
  readonly camera: string;
  /** Permanent name of this picture within its camera, in every process and across restarts: the source's message id, or a ULID. */
  readonly key: string;
  /** Per camera, increases by at least one with every frame during the lifetime of the process. */
  readonly seq: number;
  /** Capture time, milliseconds since the epoch (fractions allowed). */
  readonly time: number;
  /** When camd had received all of it, milliseconds on the monotonic clock. */
  readonly arrived: number;
  readonly meta: Readonly<Record<string, Fact>>;
}

/** A frame's metadata without the picture. */
export interface FrameHead extends Pick<Frame, 'camera' | 'seq' | 'time' | 'type' | 'width' | 'height'> {
  /** Bytes. */
  readonly size: number;
}

export const headOf = ({ camera, seq, time, type, width, height, data }: Frame): FrameHead => ({
  ...{ camera, seq, time, type, width, height },
  size: data.length,
});

/** Free bytes before the picture in a hasHeadroom buffer: enough for a multipart part's head. */
export const HEADROOM = 256;
/** Free bytes after the picture in a hasHeadroom buffer: enough for the boundary that follows. */
export const TAILROOM = 64;

/**
 * A buffer of its own for a picture of up to `capacity` bytes, with free space before and after it.
 * The picture starts at HEADROOM; `settle` cuts it to its real length.
 */
export function allocate(capacity: number): Buffer {
  return pictureMemory(HEADROOM + capacity + TAILROOM);
}

/** The picture of `length` bytes inside a buffer from `allocate`. */
export function settle(hasHeadroom: Buffer, length: number): Buffer {
  return hasHeadroom.subarray(HEADROOM, HEADROOM + length);
}
