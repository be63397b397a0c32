// Reads the frames of a WebSocket client (RFC 6455 §5) and passes their bytes on as they arrive.
// Libraries pass on whole messages only, so they would buffer a message of id, token and picture before the token is checked.

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** RFC 6455 §5.5. */
const MAX_CONTROL = 125;
/** The longest head: two bytes, a length of 64 bits, the mask. */
const MAX_HEAD = 14;

export interface FrameEvents {
  /** Bytes of a message, unmasked and possibly empty; valid during the call. `last`: the message ends with them. */
  data(bytes: Buffer, last: boolean): void;
  /** A text message begins. */
  text(): void;
  control(opcode: number, payload: Buffer): void;
  /** The client violates the protocol; reading stops. */
  violation(reason: string): void;
}

export interface FrameReader {
  /** Unmasks in place. */
  push(chunk: Buffer): void;
  /** Stops reading. */
  stop(): void;
}

type Phase = 'head' | 'data' | 'control' | 'stopped';

export function createFrameReader(events: FrameEvents): FrameReader {
  const head = Buffer.alloc(MAX_HEAD);
  const control = Buffer.alloc(MAX_CONTROL);
  let phase: Phase = 'head';
  let headBytes = 0;
  let opcode = 0;
  let fin = false;
  let left = 0;
  let size = 0;
  let masked = 0;
  /** A message has begun and not ended. */
  let open = false;

  const isStopped = (): boolean => phase === 'stopped';
  /** Size of the head in bytes, as far as it is known. */
  const headSize = (): number => {
    if (headBytes < 2) return 2;
    const length = (head[1] ?? 0) & 0x7f;
    return 6 + (length === 127 ? 8 : length === 126 ? 2 : 0);
  };
  /** The error of the head, if any. */
  const faultOf = (length: number): string | undefined => {
    if (((head[0] ?? 0) & 0x70) !== 0) return 'a reserved bit is set';
    if (((head[1] ?? 0) & 0x80) === 0) return 'the frame is not masked';
    if (!Number.isSafeInteger(length)) return 'the frame is too long';
    if (opcode >= OPCODE.close) {
      return opcode > OPCODE.pong || !fin || length > MAX_CONTROL ? 'this is no control frame' : undefined;
    }
    if (opcode > OPCODE.binary) return 'the opcode is unknown';
    return (opcode === OPCODE.continuation) === open ? undefined : 'a message is continued or begun out of turn';
  };
  const beginFrame = (): void => {
    const short = (head[1] ?? 0) & 0x7f;
    opcode = (head[0] ?? 0) & 0x0f;
    fin = ((head[0] ?? 0) & 0x80) !== 0;
    size = short === 127 ? Number(head.readBigUInt64BE(2)) : short === 126 ? head.readUInt16BE(2) : short;
    left = size;
    masked = 0;
    const fault = faultOf(size);
    if (fault !== undefined) {
      phase = 'stopped';
      events.violation(fault);
    } else if (opcode >= OPCODE.close) {
      phase = 'control';
      if (size === 0) endControl();
    } else {
      open = true;
      if (opcode === OPCODE.text) events.text();
      if (isStopped()) return;
      phase = 'data';
      if (size === 0) endData(head.subarray(0, 0));
    }
  };
  const endControl = (): void => {
    phase = 'head';
    headBytes = 0;
    events.control(opcode, control.subarray(0, size));
  };
  const endData = (bytes: Buffer): void => {
    const ends = left === 0;
    if (ends) {
      phase = 'head';
      headBytes = 0;
      if (fin) open = false;
    }
    events.data(bytes, ends && fin);
  };
  const unmask = (bytes: Buffer): void => {
    const at = headSize() - 4;
    for (let index = 0; index < bytes.length; index++, masked++) {
      bytes[index] = (bytes[index] ?? 0) ^ (head[at + (masked & 3)] ?? 0);
    }
  };
  const readHead = (chunk: Buffer, at: number): number => {
    const step = Math.min(headSize() - headBytes, chunk.length - at);
    chunk.copy(head, headBytes, at, at + step);
    headBytes += step;
    if (headBytes >= 2 && headBytes === headSize()) beginFrame();
    return step;
  };

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !isStopped()) {
        if (phase === 'head') {
          at += readHead(chunk, at);
          continue;
        }
        const bytes = chunk.subarray(at, at + left);
        unmask(bytes);
        at += bytes.length;
        if (phase === 'control') bytes.copy(control, size - left);
        left -= bytes.length;
        if (phase === 'data') endData(bytes);
        else if (left === 0) endControl();
      }
    },
    stop() {
      phase = 'stopped';
    },
  };
}
