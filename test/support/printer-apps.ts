// The ways in which three printer apps parse an MJPEG stream, after their own sources.

export interface App {
  push(chunk: Buffer): void;
  readonly pictures: Buffer[];
}

/** Mainsail's worker: reads the part's head, uses Content-Length as the picture's size, and fails without it. */
export function mainsail(): App {
  let rest: Buffer = Buffer.alloc(0);
  let length = -1;
  const pictures: Buffer[] = [];
  return {
    pictures,
    push(chunk) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        if (length < 0) {
          const end = rest.indexOf('\r\n\r\n');
          if (end < 0) return;
          const found = /Content-Length: (\d+)/i.exec(rest.toString('latin1', 0, end));
          if (!found) throw new Error('a part without Content-Length');
          length = Number(found[1]);
          rest = rest.subarray(end + 4);
        }
        if (rest.length < length) return;
        pictures.push(rest.subarray(0, length));
        rest = rest.subarray(length);
        length = -1;
      }
    },
  };
}

/** Fluidd: a picture is delivered when the next boundary has arrived. */
export function fluidd(contentType: string): App {
  const boundary = `--${/boundary=([^;]+)/.exec(contentType)?.[1] ?? ''}`;
  let rest: Buffer = Buffer.alloc(0);
  const pictures: Buffer[] = [];
  return {
    pictures,
    push(chunk) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const start = rest.indexOf(boundary);
        const next = start < 0 ? -1 : rest.indexOf(`\r\n${boundary}`, start + boundary.length);
        if (next < 0) return;
        const part = rest.subarray(start, next);
        pictures.push(part.subarray(part.indexOf('\r\n\r\n') + 4));
        rest = rest.subarray(next + 2);
      }
    },
  };
}

/** Mobileraker: from the first FF D8 to the first FF D9, regardless of the bytes around it. */
export function mobileraker(): App {
  let rest: Buffer = Buffer.alloc(0);
  const pictures: Buffer[] = [];
  return {
    pictures,
    push(chunk) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const start = rest.indexOf(Buffer.from([0xff, 0xd8]));
        const end = start < 0 ? -1 : rest.indexOf(Buffer.from([0xff, 0xd9]), start + 2);
        if (end < 0) return;
        pictures.push(rest.subarray(start, end + 2));
        rest = rest.subarray(end + 2);
      }
    },
  };
}
