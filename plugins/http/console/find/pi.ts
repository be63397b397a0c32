// Finds the cameras of a Raspberry Pi with its camera programs.

import { listPiCameras, type PiCamera } from '../../../kit/examine/pi-cameras.ts';
import type { Seen } from './found.ts';

export async function piCameras(signal: AbortSignal): Promise<Seen[]> {
  return seenAtPi((await listPiCameras(signal)) ?? []);
}

/** Pure. */
export const seenAtPi = (cameras: readonly PiCamera[]): Seen[] =>
  cameras.map(({ index, sensor, sizes }) => ({
    name: index === 0 ? `pi ${sensor}` : `pi ${sensor} ${index}`,
    at: `camera ${index}`,
    detail: sizes.join(', '),
    use: 'source/still',
    options: { camera_number: index, mode: 'on_demand' },
  }));
