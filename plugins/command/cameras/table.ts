// Renders the cameras of a running camd as a text table. Pure.

import { formatDuration, formatSize } from '../../../core/base/units.ts';
import { columns } from '../../../core/cli/columns.ts';
import type { CameraStatus } from '../../../core/contract/status.ts';

const TITLES = ['CAMERA', 'NAME', 'STATE', 'AGE', 'SIZE', 'BYTES', 'RATE', 'VIEWERS', 'NODE', 'URLS', 'REMARKS'];
const NONE = '-';

export function cameraTable(cameras: readonly CameraStatus[]): string {
  if (cameras.length === 0) return 'This camd has no camera, or none has sent a picture yet.\n';
  const rows = cameras.map((camera) => [
    camera.id,
    camera.name === camera.id ? NONE : camera.name,
    camera.state,
    camera.age === undefined ? NONE : formatDuration(camera.age),
    camera.width === undefined ? NONE : `${camera.width}x${camera.height}`,
    camera.size === undefined ? NONE : formatSize(camera.size),
    camera.rate === 0 ? NONE : `${rate(camera.rate)}/s`,
    String(camera.viewers),
    camera.node,
    camera.urls.length === 0 ? NONE : camera.urls.map(({ url }) => url).join(' '),
    camera.why ?? '',
  ]);
  return `${columns([TITLES, ...rows])}\n`;
}

/** Rates below 0.1/s, such as one picture a minute, keep one significant digit. */
const rate = (perSecond: number): string => (perSecond >= 0.1 ? perSecond.toFixed(1) : perSecond.toPrecision(1));
