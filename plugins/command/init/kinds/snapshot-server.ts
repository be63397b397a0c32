// Pictures on request over REST, kept in a folder.

import type { Kind } from '../kind.ts';
import { text } from '../pieces.ts';

export const snapshotServer: Kind = {
  name: 'snapshot-server',
  title: 'a server that takes pictures of USB cameras on request (REST)',
  cameras: 'usb',
  port: 8088,
  secrets: [],
  write({ cameras, listen }) {
    const devices = cameras.flatMap((camera) => (camera.is === 'usb' ? [camera] : []));
    return [
      'pipeline:',
      '  eyes:                                   # "camd devices" lists the cameras of this machine',
      '    use: source/v4l2',
      '    mode: still',
      '    adjust: true',
      '    warm_up: { pictures: 5 }',
      '    cameras:',
      ...devices.map(({ id, device, size }) => {
        const [width, height] = size?.split('x') ?? [];
        return `      ${id}: { device: ${text(device)}${width === undefined ? '' : `, width: ${width}, height: ${height}`} }`;
      }),
      ...(devices.length > 0
        ? []
        : ['      camera: { device: /dev/video0 }      # no camera was found here; this is its usual path']),
      '',
      '  disk:',
      '    use: store/disk',
      '    from: eyes',
      `    path: '\${env:STATE_DIRECTORY:-.}/snapshots'`,
      "    name: '{prefix}_{camera}_{time}.{ext}'",
      '    prefixes: [snapshot, api_all_cams, api_stereo, all_cams, stereo]',
      "    time_format: '%Y%m%d_%H%M%S%f'",
      '    latest_as: none',
      '  retention: { use: retain/policy, into: disk, max_age: 30d, max_bytes: 2GiB }',
      '',
      `  web: { use: http/server, listen: '${listen}' }`,
      '  api: { use: http/snapshot-api, on: web, from: disk, cameras: eyes }',
      '  history: { use: http/history, on: web, from: disk }',
    ];
  },
};
