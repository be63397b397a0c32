// The header of a picture in a binary WebSocket message of several cameras. Runs in browsers too.

export interface PictureHead {
  readonly n: number;
  readonly seq: number;
  readonly type: 'image/jpeg' | 'image/png';
  /** Capture time, milliseconds since the epoch. */
  readonly time: number;
  /** Send time on the same clock. */
  readonly sent: number;
  /** Reduction class of the picture for this viewer; 0: the camera's own picture. Default 0. */
  readonly reduced?: number;
}

/** Offsets: 0 class, 3 type, 4 n, 8 seq modulo 2³², 12 time, 20 sent; big-endian. */
export const HEAD_BYTES = 28;

export function writeHead(bytes: Uint8Array, head: PictureHead): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  view.setUint32(0, ((head.reduced ?? 0) << 8) | (head.type === 'image/png' ? 1 : 0));
  view.setUint32(4, head.n);
  view.setUint32(8, head.seq >>> 0);
  view.setFloat64(12, head.time);
  view.setFloat64(20, head.sent);
}

/** Throws a RangeError when the message is too short. */
export function readHead(message: ArrayBuffer): PictureHead {
  const view = new DataView(message);
  return {
    type: view.getUint8(3) === 1 ? 'image/png' : 'image/jpeg',
    n: view.getUint32(4),
    seq: view.getUint32(8),
    time: view.getFloat64(12),
    sent: view.getFloat64(20),
    reduced: view.getUint8(2),
  };
}
