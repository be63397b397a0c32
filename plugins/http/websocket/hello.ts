// What a viewer says: the original's hello and moves in bytes, and the modern form as JSON text.

/** Bytes of the JSON in the original's hello. */
export const MAX_HELLO = 1024;
/** Cameras that one viewer may watch. */
export const MAX_WATCHED = 1024;
const MOVE = 1;
const MOVE_BYTES = 12;

export interface Hello {
  readonly cameras: readonly string[];
  /** The token for a camera; empty when none was given. */
  token(camera: string): string;
}

export type Said =
  | { readonly is: 'hello'; readonly hello: Hello }
  | { readonly is: 'move'; readonly camera: string | undefined; readonly x: number; readonly y: number }
  | { readonly is: 'update'; readonly camera: string }
  | { readonly is: 'nonsense' };

const NONSENSE: Said = { is: 'nonsense' };

/** Cuts the bytes of binary messages into what the original's front end says; they may be split in any way. */
export function createHelloReader(): (bytes: Buffer) => readonly Said[] {
  let kept: Buffer = Buffer.alloc(0);
  let greeted = false;
  const next = (): Said | undefined => {
    if (greeted) return nextMove();
    if (kept.length < 4) return undefined;
    const length = kept.readInt32LE();
    if (length < 1 || length > MAX_HELLO) return NONSENSE;
    if (kept.length < 4 + length) return undefined;
    const hello = originalHello(kept.toString('utf8', 4, 4 + length));
    kept = kept.subarray(4 + length);
    greeted = true;
    return hello ? { is: 'hello', hello } : NONSENSE;
  };
  const nextMove = (): Said | undefined => {
    if (kept.length < MOVE_BYTES) return undefined;
    // The floats are big-endian, as the original's front end sends them; the kind has been seen in both orders.
    const isMove = kept.readInt32LE() === MOVE || kept.readInt32BE() === MOVE;
    if (!isMove) return NONSENSE;
    const move: Said = { is: 'move', camera: undefined, x: kept.readFloatBE(4), y: kept.readFloatBE(8) };
    kept = kept.subarray(MOVE_BYTES);
    return move;
  };
  return (bytes) => {
    kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
    const said: Said[] = [];
    for (let one = next(); one; one = next()) {
      said.push(one);
      if (one.is !== 'nonsense') continue;
      kept = Buffer.alloc(0);
      break;
    }
    return said;
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
export function readText(text: string): Said {
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
