// Detects repeated payloads by their digests.

import { createHash } from 'node:crypto';
import { createLru } from '../../../core/base/lru.ts';

/** Remembered payloads per camera: more than brokers keep in flight. */
const PER_CAMERA = 32;

export interface Dedupe {
  /** Whether exactly this payload of this camera was accepted. */
  knows(camera: string, digest: string): boolean;
  accepted(camera: string, digest: string): void;
}

export const digestOf = (payload: Buffer): string => createHash('sha1').update(payload).digest('base64');

/** @param most cameras to remember; the one that was silent for longest is forgotten first */
export function createDedupe(most: number): Dedupe {
  const cameras = createLru<string, string[]>(most);
  return {
    knows: (camera, digest) => cameras.get(camera)?.includes(digest) ?? false,
    accepted(camera, digest) {
      const digests = cameras.get(camera) ?? [];
      cameras.set(camera, digests);
      digests.push(digest);
      if (digests.length > PER_CAMERA) digests.shift();
    },
  };
}
