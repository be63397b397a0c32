// The commands to a camera: in the original's binary form, and as JSON for cameras that use a bearer token.

import type { Command, Fact } from '../../../core/contract/plugin.ts';

export type CameraCommand =
  | { readonly name: 'update' }
  /** Each from -1 to 1. */
  | { readonly name: 'move'; readonly x: number; readonly y: number };

const MOVE = 1;
const UPDATE = 2;

/** Little-endian: 2 alone, or 1 and two floats. */
export function encodeCommand(command: CameraCommand): Buffer {
  if (command.name === 'update') {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(UPDATE);
    return bytes;
  }
  const bytes = Buffer.alloc(12);
  bytes.writeInt32LE(MOVE);
  bytes.writeFloatLE(command.x, 4);
  bytes.writeFloatLE(command.y, 8);
  return bytes;
}

export const NEXT: Buffer = Buffer.from('{"is":"next"}');

export function encodeText(command: CameraCommand): Buffer {
  const { name, ...rest } = command;
  return Buffer.from(JSON.stringify({ is: name, ...rest }));
}

/** undefined for a command that cameras do not support, and for a move that is not finite. Moves are limited to the camera's range. */
export function commandOf({ name, args }: Command): CameraCommand | undefined {
  if (name === 'update') return { name };
  if (name !== 'move' || typeof args !== 'object' || args === null || Array.isArray(args)) return undefined;
  const { x, y } = args as Readonly<Record<string, Fact>>;
  if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) return undefined;
  return { name, x: clamp(x), y: clamp(y) };
}

const clamp = (value: number): number => Math.max(-1, Math.min(1, value));
