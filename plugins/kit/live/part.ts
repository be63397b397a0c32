// One frame as a part of a multipart/x-mixed-replace stream, built once and shared.

import { type Frame, HEADROOM, TAILROOM } from '../../../core/contract/frame.ts';
import { withoutThumbnail } from '../image/thumbnail.ts';

/**
 * One boundary for every stream, so that one buffer serves all viewers (RFC 2046 §5.1.1: at most 70 characters). It is that of
 * mjpg-streamer: some clients expect it without reading the Content-Type.
 */
export const BOUNDARY = 'boundarydonotcross';

/** Sent directly after each picture: a viewer that paints at the next boundary need not wait for the next frame. */
const TRAILER = `\r\n--${BOUNDARY}\r\n`;

/** The last part built: several routes that show the same camera request it one after the other. */
let last: { readonly frame: Frame; readonly part: Buffer } | undefined;

/**
 * Part head, picture and the boundary after it as one contiguous buffer: a viewer costs one write. If the frame has headroom, the
 * framing is written there and nothing is copied. Thumbnails inside the picture are removed: some viewers mistake them for pictures
 * of the stream.
 */
export function partOf(frame: Frame): Buffer {
  if (last?.frame === frame) return last.part;
  const part = build(frame, frame.type === 'image/jpeg' ? withoutThumbnail(frame.data) : frame.data);
  last = { frame, part };
  return part;
}

function build(frame: Frame, data: Buffer): Buffer {
  const head =
    `Content-Type: ${frame.type}\r\nContent-Length: ${data.length}\r\n` +
    `X-Timestamp: ${timestamp(frame.time)}\r\n\r\n`;
  const inPlace = frame.hasHeadroom && data === frame.data && head.length <= HEADROOM && TRAILER.length <= TAILROOM;
  const length = head.length + data.length + TRAILER.length;
  const part = inPlace
    ? Buffer.from(data.buffer, data.byteOffset - head.length, length)
    : Buffer.allocUnsafeSlow(length);
  part.write(head, 0, 'latin1');
  if (!inPlace) data.copy(part, head.length);
  part.write(TRAILER, head.length + data.length, 'latin1');
  return part;
}

/** Seconds since the epoch with six decimals, the usual format of camera servers. */
export function timestamp(time: number): string {
  const micro = Math.round(time * 1000);
  const rest = micro % 1_000_000;
  return `${(micro - rest) / 1_000_000}.${(1_000_000 + rest).toString().slice(1)}`;
}

/** Headers that forbid proxies and browsers to cache or buffer the stream. */
export const UNCACHED: readonly (readonly [string, string])[] = [
  ['Cache-Control', 'no-store, no-cache, must-revalidate, private, max-age=0'],
  ['Pragma', 'no-cache'],
  ['Expires', '0'],
  ['X-Accel-Buffering', 'no'],
];

/**
 * The response head of a stream and its first boundary. The body has no length and no chunks: it ends with the connection
 * (RFC 9112 §6.3), which HTTP/1.0 clients understand as well. `extra`: headers that the server adds to every response.
 */
export function streamHead(extra: readonly (readonly [string, string])[], withBody: boolean): string {
  const headers = [
    ['Content-Type', `multipart/x-mixed-replace; boundary=${BOUNDARY}`],
    ...UNCACHED,
    ['Connection', 'close'],
    ...extra,
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 200 OK\r\n${lines}\r\n${withBody ? `--${BOUNDARY}\r\n` : ''}`;
}
