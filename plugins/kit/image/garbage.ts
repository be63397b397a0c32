// Counts the bytes between pictures and reports them, unless they are padding.

/** Garbage is reported as soon as it reaches this many bytes, so that a stream without pictures is noticed. */
const REPORT_BYTES = 64 * 1024;

export interface Garbage {
  /** Counts bytes that belong to no picture. */
  add(chunk: Buffer, from: number, to: number): void;
  /** Counts bytes that looked like the beginning of a picture. */
  addFalseStart(bytes: number): void;
  /** Reports the bytes so far: call it when a picture begins or the stream ends. */
  report(): void;
}

/** Cameras pad frames with zeros or ones up to the size of their buffers, which is not an error. */
const isPadding = (byte: number | undefined): boolean => byte === 0 || byte === 0xff;
const PADDINGS = [0, 0xff].map((byte) => Buffer.alloc(REPORT_BYTES, byte));

function isPadded(chunk: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += REPORT_BYTES) {
    const end = Math.min(to, at + REPORT_BYTES);
    // Padding is mostly one repeated byte, which a native comparison detects many times faster.
    if (PADDINGS.some((padding) => padding.compare(chunk, at, end, 0, end - at) === 0)) continue;
    for (let each = at; each < end; each++) if (!isPadding(chunk[each])) return false;
  }
  return true;
}

export function createGarbage(onGarbage: (bytes: number) => void): Garbage {
  let bytes = 0;
  let padding = true;
  const report = (): void => {
    const reported = bytes;
    const silent = padding;
    bytes = 0;
    padding = true;
    if (reported > 0 && !silent) onGarbage(reported);
  };
  return {
    add(chunk, from, to) {
      bytes += to - from;
      padding &&= isPadded(chunk, from, to);
      if (bytes >= REPORT_BYTES) report();
    },
    addFalseStart(count) {
      bytes += count;
      padding = false;
    },
    report,
  };
}
