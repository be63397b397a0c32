// A frame: one complete still image with its camera, number, time and metadata.

import { pictureMemory } from '../base/picture-memory.ts';

export type ImageType = 'image/jpeg' | 'image/png';

/** A small JSON-like fact about a frame: a topic, a stored file's name, an IMU reading. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [key: string]: Fact };

/** What a parser recognises in bytes: a whole picture, its type and its size in pixels. */
export interface Image {
  /**
   * The encoded picture. Never modified after it has been handed on. With many or large cameras it lies in shared memory, which `fetch`
   * and WebCrypto refuse: give those a copy, `Buffer.from(data)`.
   */
  readonly data: Buffer;
  readonly type: ImageType;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /**
   * True when `data` lies inside a buffer of its own with HEADROOM free bytes before it and TAILROOM after
   * (see `allocate`), so that a protocol's framing can be built around it without a copy.
   */
  readonly hasHeadroom: boolean;
}

export interface Frame extends Image {
  readonly camera: string;
  /** Names this picture of the camera for good, in every process and over restarts: the source's message id, or a ULID. */
  readonly key: string;
  /** Per camera, rising by at least one with every frame for as long as the process lives. */
  readonly seq: number;
  /** Capture time, milliseconds since the epoch (fractions allowed). */
  readonly time: number;
  /** When camd had all of it, milliseconds on the monotonic clock. */
  readonly arrived: number;
  readonly meta: Readonly<Record<string, Fact>>;
}

/** What is told of a frame without its picture. */
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
 * A buffer of its own for a picture of up to `capacity` bytes, with room around it.
 * The picture starts at HEADROOM; `settle` cuts it to its real length.
 */
export function allocate(capacity: number): Buffer {
  return pictureMemory(HEADROOM + capacity + TAILROOM);
}

/** The picture of `length` bytes inside a buffer from `allocate`. */
export function settle(hasHeadroom: Buffer, length: number): Buffer {
  return hasHeadroom.subarray(HEADROOM, HEADROOM + length);
}
