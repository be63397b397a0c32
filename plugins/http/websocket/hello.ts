// Parses messages of viewers: hello and moves of the original protocol as bytes, and the modern form as JSON text.

/** Most bytes of the JSON in the original hello. */
export const MAX_HELLO = 1024;
/** Most cameras of one viewer. */
export const MAX_WATCHED = 1024;
const MOVE = 1;
const MOVE_BYTES = 12;

export interface Hello {
  readonly cameras: readonly string[];
  /** The token for a camera; empty if there is none. */
  token(camera: string): string;
}

export type ViewerMessage =
  | { readonly is: 'hello'; readonly hello: Hello }
  | { readonly is: 'move'; readonly camera: string | undefined; readonly x: number; readonly y: number }
  | { readonly is: 'update'; readonly camera: string }
  | { readonly is: 'nonsense' };

const NONSENSE: ViewerMessage = { is: 'nonsense' };

/** Joins the bytes of binary messages, which may be split in any way, and parses the messages of the original front end. */
export function createHelloReader(): (bytes: Buffer) => readonly ViewerMessage[] {
  let buffered: Buffer = Buffer.alloc(0);
  let greeted = false;
  const next = (): ViewerMessage | undefined => {
    if (greeted) return nextMove();
    if (buffered.length < 4) return undefined;
    const length = buffered.readInt32LE();
    if (length < 1 || length > MAX_HELLO) return NONSENSE;
    if (buffered.length < 4 + length) return undefined;
    const hello = originalHello(buffered.toString('utf8', 4, 4 + length));
    buffered = buffered.subarray(4 + length);
    greeted = true;
    return hello ? { is: 'hello', hello } : NONSENSE;
  };
  const nextMove = (): ViewerMessage | undefined => {
    if (buffered.length < MOVE_BYTES) return undefined;
    // The original front end sends big-endian floats; both byte orders exist for the kind.
    const isMove = buffered.readInt32LE() === MOVE || buffered.readInt32BE() === MOVE;
    if (!isMove) return NONSENSE;
    const move: ViewerMessage = {
      is: 'move',
      camera: undefined,
      x: buffered.readFloatBE(4),
      y: buffered.readFloatBE(8),
    };
    buffered = buffered.subarray(MOVE_BYTES);
    return move;
  };
  return (bytes) => {
    buffered = buffered.length === 0 ? bytes : Buffer.concat([buffered, bytes]);
    const messages: ViewerMessage[] = [];
    for (let message = next(); message; message = next()) {
      messages.push(message);
      if (message.is !== 'nonsense') continue;
      buffered = Buffer.alloc(0);
      break;
    }
    return messages;
  };
}

function originalHello(text: string): Hello | undefined {
  const read = parsed(text);
  const { cameraId, token } = read ?? {};
  if (!Number.isInteger(cameraId) || Number(cameraId) < 1 || typeof token !== 'string' || token === '')
    return undefined;
  return { cameras: [String(cameraId)], token: () => token };
}

/** `{"watch": ["door"], "token": "…"}` or `"tokens": {"door": "…"}`; `{"move": "door", "x": 0.5, "y": 0}`; `{"update": "door"}`. */
export function readText(text: string): ViewerMessage {
  const read = parsed(text);
  if (!read) return NONSENSE;
  const { watch, move, update, x, y, token, tokens } = read;
  if (typeof update === 'string') return { is: 'update', camera: update };
  if (typeof move === 'string' && typeof x === 'number' && typeof y === 'number')
    return { is: 'move', camera: move, x, y };
  if (!Array.isArray(watch) || watch.length > MAX_WATCHED || !watch.every(isText)) return NONSENSE;
  const each = new Map(isRecord(tokens) ? Object.entries(tokens) : []);
  const tokenOf = (camera: string): string => String(each.get(camera) ?? (typeof token === 'string' ? token : ''));
  return { is: 'hello', hello: { cameras: [...new Set(watch)], token: tokenOf } };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
