// Messages of a camera: the bytes of the original protocol, and JSON for servers with a bearer token.

export type Command =
  | { readonly is: 'next' }
  | { readonly is: 'update' }
  | { readonly is: 'move'; readonly x: number; readonly y: number };

const MOVE = 1;
const UPDATE = 2;

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** The id, then the token after its length, as separate messages like those of the original client. */
export function helloBytes(id: number, token: string): readonly Buffer[] {
  const text = Buffer.from(token, 'utf8');
  return [int32(id), Buffer.concat([int32(text.length), text])];
}

/** The picture after its length. */
export const lengthPrefixed = (picture: Buffer): Buffer => Buffer.concat([int32(picture.length), picture]);

/** undefined for an unknown command. */
export function decodeCommand(bytes: Buffer): Command | undefined {
  const kind = bytes.length >= 4 ? bytes.readInt32LE() : 0;
  if (kind === UPDATE) return { is: 'update' };
  if (kind !== MOVE || bytes.length < 12) return undefined;
  return move(bytes.readFloatLE(4), bytes.readFloatLE(8));
}

export function decodeText(text: string): Command | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || !('is' in read)) return undefined;
  if (read.is === 'next' || read.is === 'update') return { is: read.is };
  const { x, y } = { x: undefined, y: undefined, ...read };
  return read.is === 'move' && typeof x === 'number' && typeof y === 'number' ? move(x, y) : undefined;
}

function move(x: number, y: number): Command | undefined {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return undefined;
  const cut = (value: number): number => Math.max(-1, Math.min(1, value));
  return { is: 'move', x: cut(x), y: cut(y) };
}
