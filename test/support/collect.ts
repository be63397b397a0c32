// Collects the frames that leave a node of a running profile, without requesting any.

import type { Frame } from '../../core/contract/frame.ts';
import type { Running } from './harness.ts';

/** Returns the frames so far, oldest first; the list grows. */
export function collect(camd: Running, id: string): Frame[] {
  const frames: Frame[] = [];
  camd.output(id).add({ push: (frame) => void frames.push(frame), drain: async () => {}, close() {} });
  return frames;
}
