// Counts the bytes between pictures and reports them, unless they are padding.

/** Garbage is reported in pieces of at least this many bytes, so that a stream of nothing else does not go unnoticed. */
const REPORT_BYTES = 64 * 1024;

export interface Garbage {
  /** These bytes belong to no picture. */
  add(chunk: Buffer, from: number, to: number): void;
  /** So many bytes that looked like the beginning of a picture. */
  addFalseStart(bytes: number): void;
  /** A picture begins, or the stream has ended. */
  report(): void;
}

/** Cameras pad frames with zeros or ones up to the size of their buffers: that is no fault to report. */
const isPadding = (byte: number | undefined): boolean => byte === 0 || byte === 0xff;
const PADDINGS = [0, 0xff].map((byte) => Buffer.alloc(REPORT_BYTES, byte));

function isPadded(chunk: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += REPORT_BYTES) {
    const end = Math.min(to, at + REPORT_BYTES);
    // Mostly it is one byte all along, which a native comparison tells many times faster.
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
