// Reads the shell scripts or settings of the Pi camera server: size, quality, rotation and port.

import type { Format } from '../format.ts';
import { readEnv } from '../text/ini.ts';

export const piCameraServer: Format = {
  name: 'pi-camera-server',
  files: 'capture.sh or the settings of the Pi camera server (WIDTH, HEIGHT, ROTATION, …)',
  advice: [
    'Stop start_camera_server.sh: capture.sh, server.sh and libcamera-still.',
    'The page on the same port and images/current.jpg stay the same; pictures are taken only while there is a viewer. docs/pi-stills.md explains it.',
  ],
  recognise: ({ text }) =>
    /\b(libcamera|rpicam)-still\b/.test(text) ||
    (/^\s*(export\s+)?ROTATION=/m.test(text) && /^\s*(export\s+)?WIDTH=/m.test(text)),
  read([source], draft) {
    const text = source?.text ?? '';
    const values = readEnv(text);
    const size = (name: string, flag: string, otherwise: number): number => {
      const found = Number(values.get(name) ?? new RegExp(`--${flag}[ =]+(\\d+)`).exec(text)?.[1] ?? Number.NaN);
      return Number.isInteger(found) && found >= 16 && found <= 16_384 ? found : otherwise;
    };
    const rotation = Number(values.get('ROTATION') ?? 0);
    draft.node('camera', 'source/still', {
      width: size('WIDTH', 'width', 720),
      height: size('HEIGHT', 'height', 1280),
      every: '2s',
      mode: 'on_demand',
      linger: '30s',
    });
    const isTurned = [90, 180, 270].includes(rotation);
    if (isTurned) draft.node('upright', 'transform/image', { from: 'camera', rotate: rotation });
    else if (rotation !== 0) draft.note(`ROTATION=${rotation}: camd rotates by 90, 180 and 270 only`);
    draft.node('disk', 'store/disk', {
      from: isTurned ? 'upright' : 'camera',
      camera: 'camera',
      path: 'images',
      name: 'final_{time}.{ext}',
      time_format: '%Y%m%d_%H%M%S',
      latest: 'current.jpg',
      latest_as: 'symlink',
      keep: 1,
      stale_after: '15s',
    });
    const port = values.get('PORT') ?? /http\.server\s+(\d{1,5})/.exec(text)?.[1] ?? '8080';
    draft.node(
      'web',
      'http/server',
      { listen: `:${/^\d{1,5}$/.test(port) ? port : '8080'}` },
      '127.0.0.1:8080 restricts the page to this machine.',
    );
    draft.node('page', 'http/still-page', { on: 'web', from: 'disk', title: 'Raspberry Pi Camera' });
    if (values.has('QUALITY') || /--quality/.test(text))
      draft.note('the quality: the camera tool sets it; "command" of source/still accepts your own arguments');
  },
};
