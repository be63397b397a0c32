// Makes frames with real JPEGs for tests.

import type { Frame } from '../core/contract/frame.ts';
import type { Capture } from '../core/contract/plugin.ts';
import { sampleJpeg } from './jpeg.ts';

const SIZE = { width: 16, height: 16 };

/** A picture for `node.output.stamp`, as from a source. Other seeds give other bytes. */
export function makeCapture(seed = 1, more: Partial<Capture> = {}): Capture {
  return { data: sampleJpeg({ ...SIZE, seed }), type: 'image/jpeg', ...SIZE, hasHeadroom: false, ...more };
}

/** A frame whose bytes depend on its number; `more` replaces any of its fields. */
export function makeFrame(camera: string, seq: number, more: Partial<Frame> = {}): Frame {
  const time = Date.UTC(2026, 0, 1, 12) + seq;
  return { ...makeCapture(seq), camera, seq, key: `${camera}-${seq}`, time, arrived: seq, meta: {}, ...more };
}
