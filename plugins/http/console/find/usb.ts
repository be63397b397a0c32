// Finds the video devices of this machine by udev's names for cameras.

import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Seen } from './found.ts';

/** Arguments because tests use other folders. */
export interface DeviceFolders {
  readonly dev: string;
  readonly sys: string;
}

const SYSTEM: DeviceFolders = { dev: '/dev', sys: '/sys' };

/** In by-id, a camera has a link for pictures (index 0), and often one for metadata. */
export function usbCameras({ dev, sys }: DeviceFolders = SYSTEM): Seen[] {
  const folder = join(dev, 'v4l/by-id');
  return namesIn(folder)
    .filter((name) => name.endsWith('-video-index0'))
    .sort()
    .flatMap((name): Seen[] => {
      const device = join(folder, name);
      const file = fileBehind(device);
      if (file === undefined) return [];
      const card = textOf(join(sys, 'class/video4linux', basename(file), 'name')).trim();
      return [
        {
          name: card || name.replace(/^usb-|-video-index0$/g, '').replaceAll('_', ' '),
          at: device,
          detail: file,
          use: 'source/v4l2',
          options: { device, adjust: true, mode: 'on_demand' },
        },
      ];
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined if the camera was unplugged in the meantime. */
function fileBehind(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
