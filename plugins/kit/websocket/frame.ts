// Writes the frames of a WebSocket server (RFC 6455 §5.2).

/** Maximum payload bytes of one frame of `frame`. */
export const MAX_FRAME = 65_535;

/** A whole message in one frame of at most 65,535 bytes, not masked, as servers send them (RFC 6455 §5.1). */
export function frame(opcode: number, payload: Buffer): Buffer {
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 2 : 4);
  head[0] = 0x80 | opcode;
  head[1] = short ? payload.length : 126;
  if (!short) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
