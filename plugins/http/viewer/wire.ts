// The messages between viewer and page over their WebSocket; runs on both sides, without Node.js or DOM types.

export { HEAD_BYTES, type PictureHead, readHead, writeHead } from '../../kit/live/picture-head.ts';

/** The state of a camera. `idle`: an on-demand camera without viewers. */
export type CameraState = 'live' | 'waiting' | 'offline' | 'idle';

export interface CameraCard {
  /** Identifies the camera in all later messages of this connection. */
  readonly n: number;
  readonly id: string;
  readonly name: string;
  readonly state: CameraState;
  /** The source's reason why the camera is offline or waiting: a sentence. */
  readonly why?: string;
}

/** Paths relative to the page's script, with {camera} as the placeholder of the camera's id. */
export interface Links {
  readonly snapshot?: string;
  readonly stream?: string;
  readonly history?: string;
  /** POST requests a new picture from the camera. */
  readonly capture?: string;
  /** The status and heartbeat of one screen, and of all of them. */
  readonly state?: string;
  readonly screens?: string;
}

/** The number of a camera, its state, and why it is offline or waiting. */
export type StateEntry = readonly [n: number, state: CameraState, why?: string];

/** From the server, as JSON text. `now`: milliseconds since the epoch, so that ages do not depend on the browser's clock. */
export type ViewerEvent =
  | {
      readonly is: 'cameras';
      readonly now: number;
      readonly title: string;
      readonly links: Links;
      readonly cameras: readonly CameraCard[];
    }
  | { readonly is: 'states'; readonly now: number; readonly states: readonly StateEntry[] }
  /** Class that the connection can drain; 0 is the original. Without an encoder, only the rate of pictures decreases. */
  | { readonly is: 'quality'; readonly now: number; readonly level: number; readonly encoder: boolean }
  | { readonly is: 'alive'; readonly now: number };

/** From the page, as JSON text: the cameras on the screen. Replaces the previous list. */
export interface ViewerRequest {
  readonly watch: readonly number[];
  /** The width of each camera on the screen in pixels, in the same order. Without it, the page gets full pictures. */
  readonly widths?: readonly number[];
  /** True if the browser saves data (Save-Data). */
  readonly save?: boolean;
}

/** From the page, binary: the picture was drawn, and the next one may be sent. */
export interface Ack {
  readonly n: number;
  readonly seq: number;
}

export const ACK_BYTES = 8;

export function encodeAck({ n, seq }: Ack): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ACK_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, n);
  view.setUint32(4, seq >>> 0);
  return bytes;
}

/** undefined when it is not valid. */
export function decodeAck(bytes: Uint8Array): Ack | undefined {
  if (bytes.byteLength !== ACK_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, ACK_BYTES);
  return { n: view.getUint32(0), seq: view.getUint32(4) };
}

/** undefined when it is not valid. */
export function decodeRequest(text: string): ViewerRequest | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || !('watch' in read) || !Array.isArray(read.watch)) return undefined;
  const { watch } = read;
  const widths = 'widths' in read ? read.widths : undefined;
  if (!isNumbers(watch) || (widths !== undefined && !isNumbers(widths))) return undefined;
  return {
    watch,
    ...(widths === undefined ? {} : { widths }),
    ...('save' in read && read.save === true ? { save: true } : {}),
  };
}

const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isInteger);

/** Close codes of the server (RFC 6455 §7.4.1, and 1013 of its registry). */
export const CLOSED = { leaving: 1001, misused: 1008, full: 1013 } as const;
