// Pieces of profiles that several kinds share: cameras, and pages of their pictures.

import type { Camera } from './kind.ts';

/** A value as YAML text, quoted if necessary. */
export const text = (value: string): string =>
  /^[A-Za-z0-9/_.][A-Za-z0-9/_.-]*$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;

/** One node per camera; a test pattern if there is none. */
export function cameraNodes(cameras: readonly Camera[]): string[] {
  if (cameras.length === 0) {
    return [
      '  # No camera was found here: this draws a test picture until you replace it. "camd devices" lists USB cameras,',
      '  # "camd plugins" the other sources, such as source/http-stream, source/rtsp and source/exec.',
      '  camera: { use: source/test-pattern, fps: 5 }',
    ];
  }
  return cameras.flatMap((camera) => [...(camera.is === 'usb' ? usbNode(camera) : piNode(camera)), '']).slice(0, -1);
}

export const cameraIds = (cameras: readonly Camera[]): string => {
  const ids = cameras.map(({ id }) => id);
  return ids.length > 1 ? `[${ids.join(', ')}]` : (ids[0] ?? 'camera');
};

function usbNode({ id, name, device, size, format, sizes }: Extract<Camera, { is: 'usb' }>): string[] {
  const [width, height] = size?.split('x') ?? [];
  return [
    `  ${`${id}:`.padEnd(38)}# ${name}${sizes.length > 1 ? `; it also has ${others(sizes, size)}` : ''}`,
    '    use: source/v4l2',
    `    device: ${text(device)}`,
    ...(width === undefined ? [] : [`    width: ${width}`, `    height: ${height}`]),
    ...(format === undefined || format === 'MJPG' ? [] : [`    format: ${format}`]),
    '    adjust: true                          # use the nearest size if the camera does not have this one',
    '    mode: on_demand                       # "always" keeps it running, so that the first picture is immediate',
    '    warm_up: { pictures: 3 }              # the first pictures after a start are dark or green',
  ];
}

const others = (sizes: readonly string[], chosen: string | undefined): string =>
  sizes
    .filter((size) => size !== chosen)
    .slice(0, 4)
    .join(', ');

function piNode({ id, name, index }: Extract<Camera, { is: 'pi' }>): string[] {
  return [
    `  ${`${id}:`.padEnd(38)}# ${name}`,
    '    use: source/exec',
    `    command: [rpicam-vid, --camera, "${index}", --codec, mjpeg, -t, "0", --width, "1280", --height, "720",`,
    '      --framerate, "15", --flush, -n, -o, "-"]             # no buffering, no preview, no time limit',
  ];
}

/** A page, snapshots, streams and health for the pictures in "latest". */
export function pages(listen: string): string[] {
  return [
    `  web: { use: http/server, listen: '${listen}' }${listen.startsWith(':') ? '         # the whole network' : '         # ":PORT" allows the whole network'}`,
    '  viewer:   { use: http/viewer,   on: web, from: latest }',
    "  snapshot: { use: http/snapshot, on: web, from: latest, path: '/{camera}/snapshot.jpg' }",
    "  stream:   { use: http/stream,   on: web, from: latest, path: '/{camera}/stream.mjpg' }",
    '  health:   { use: http/health,   on: web }',
  ];
}

export const latest = (cameras: readonly Camera[], staleAfter?: string): string =>
  `  latest: { use: cache/latest, from: ${cameraIds(cameras)}${staleAfter === undefined ? '' : `, stale_after: ${staleAfter}`} }`;

/** Metrics and health of a daemon without pages. */
export const status = (listen: string): string[] => [
  `  status:  { use: http/server,  listen: '${listen}' }`,
  '  health:  { use: http/health,  on: status }',
  '  metrics: { use: http/metrics, on: status }',
];
