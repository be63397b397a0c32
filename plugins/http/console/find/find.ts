// Searches for cameras in the place that the user has selected.

import type { Find, FoundCamera } from '../api/machine.ts';
import { foundCameras, type Known, type Seen } from './found.ts';
import { mdnsCameras } from './mdns.ts';
import { onvifCameras } from './onvif.ts';
import { piCameras } from './pi.ts';
import { usbCameras } from './usb.ts';

const LOOKING: Readonly<Record<Find['where'], (signal: AbortSignal) => Promise<Seen[]>>> = {
  usb: async () => usbCameras(),
  pi: piCameras,
  mdns: (signal) => mdnsCameras(signal),
  onvif: (signal) => onvifCameras(signal),
};

/** `nodes`: nodes of the running profile, which mark cameras in use. */
export const findCameras = async (
  where: Find['where'],
  nodes: readonly Known[],
  signal: AbortSignal,
): Promise<FoundCamera[]> => foundCameras(await LOOKING[where](signal), nodes);
