// Detects repeated payloads by their fingerprints.

import { crc32 } from 'node:zlib';
import { createLru } from '../work/lru.ts';

/** Remembered payloads per camera: more than brokers keep in flight. */
const PER_CAMERA = 32;

export interface Dedupe {
  /** True if exactly this payload of this camera was accepted. */
  has(camera: string, print: string): boolean;
  accepted(camera: string, print: string): void;
}

/**
 * Length and CRC-32 of both halves, which distinguish the pictures of one camera. Forgery is no threat: a client that may send pictures
 * of that camera need not suppress one. A cryptographic hash takes twice as long, a fifth of the whole cost of a message.
 */
export function fingerprintOf(payload: Buffer): string {
  const middle = payload.length >>> 1;
  return `${payload.length} ${crc32(payload.subarray(0, middle))} ${crc32(payload.subarray(middle))}`;
}

/** @param most cameras to remember; the one that was silent for longest is removed first */
export function createDedupe(most: number): Dedupe {
  const cameras = createLru<string, string[]>(most);
  return {
    has: (camera, print) => cameras.get(camera)?.includes(print) ?? false,
    accepted(camera, print) {
      const prints = cameras.get(camera) ?? [];
      cameras.set(camera, prints);
      prints.push(print);
      if (prints.length > PER_CAMERA) prints.shift();
    },
  };
}
