// Turns the config.json of a Snapshot Server into a profile. Pure.

import { CAMERA_ID } from '../../../core/base/formats.ts';
import { misuse } from '../../../core/contract/plugin.ts';
import { RESERVED } from './cameras.ts';

interface Original {
  readonly name: string;
  readonly device: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly format: string;
  readonly stereo: boolean;
  /** Only a camera of type stream_interrupt uses its service. */
  readonly service: string | undefined;
  readonly offsets: Readonly<Record<'roll' | 'pitch' | 'yaw', number>>;
}

/** Formats that source/v4l2 reads. */
const FORMATS: ReadonlySet<string> = new Set(['MJPG', 'JPEG', 'YUYV', 'UYVY', 'NV12', 'YU12', 'GREY', 'RGB3', 'BGR3']);

/** @throws Fault `profile` if a part of the configuration cannot be used */
export function profileOf(config: unknown): string {
  const list = Array.isArray(config) ? config : fields(config).cameras;
  if (!Array.isArray(list) || list.length === 0) {
    throw misuse('bad-config', 'It contains no camera; "cameras" must be a list with at least one.');
  }
  const names = new Set<string>();
  const cameras = list.map((one, index) => cameraOf(fields(one), index, names));
  const services = [...new Set(cameras.flatMap(({ service }) => service ?? []))];
  const ids = new Map(services.map((unit, index) => [unit, `service${services.length > 1 ? index + 1 : ''}`]));
  const offset = cameras.filter(({ offsets }) => Object.values(offsets).some((value) => value !== 0));
  return [
    '# Made by "camd import snapshot-server". "camd validate" checks the cameras of this machine.',
    'camd: 1',
    '',
    'pipeline:',
    '  eyes:',
    '    use: source/v4l2',
    '    mode: still',
    '    cameras:',
    ...cameras.map((camera) => `      ${JSON.stringify(camera.name)}: ${entry(camera, ids)}`),
    ...services.map(
      (unit) => `  ${ids.get(unit)}: { use: service/systemd, unit: ${JSON.stringify(unit)}, settle: 1s }`,
    ),
    '  broker: { use: mqtt/client, url: "mqtt://127.0.0.1:1883" }',
    '  imu: { use: reading/mqtt, via: broker, topic: status/, fields: { roll: roll, pitch: pitch, yaw: yaw } }',
    '  tagged:',
    '    use: transform/exif',
    '    from: eyes',
    '    readings: imu',
    ...(offset.length === 0 ? [] : ['    offsets:']),
    ...offset.map(({ name, offsets }) => `      ${JSON.stringify(name)}: ${flow(offsets)}`),
    '  disk:',
    '    use: store/disk',
    '    from: tagged',
    '    path: snapshots',
    '    name: "{prefix}_{camera}_{time}.{ext}"',
    '    prefixes: [snapshot, api_all_cams, api_stereo, all_cams, stereo]',
    '    time_format: "%Y%m%d_%H%M%S%f"',
    '    latest_as: none',
    '  retention: { use: retain/policy, into: disk, max_age: 30d, max_bytes: 2GiB }',
    '  web: { use: http/server, listen: ":88" }',
    `  api: { use: http/snapshot-api, on: web, from: disk, cameras: [eyes, tagged]${
      services.length === 0 ? '' : `, services: [${[...ids.values()].join(', ')}]`
    } }`,
    '',
  ].join('\n');
}

function cameraOf(one: Readonly<Record<string, unknown>>, index: number, names: Set<string>): Original {
  const { name, device_path: device, type, service_name: service, pixel_format: format, width, height } = one;
  const where = `Camera ${index + 1}`;
  if (typeof name !== 'string' || !CAMERA_ID.test(name)) {
    const found = JSON.stringify(name) ?? 'nothing';
    throw misuse('bad-config', `${where} is called ${found}; a name has letters, digits, "_", "." and "-". Change it.`);
  }
  if (RESERVED.has(name) || names.has(name)) {
    const why = RESERVED.has(name) ? 'that name has another meaning in the API' : 'another camera has that name';
    throw misuse('bad-config', `${where} is called "${name}", and ${why}; change it.`);
  }
  names.add(name);
  if (typeof device !== 'string' || !device.startsWith('/')) {
    throw misuse('bad-config', `${where}, "${name}", has no device_path such as /dev/video0.`);
  }
  const pixelFormat = typeof format === 'string' ? format.toUpperCase() : 'MJPG';
  if (!FORMATS.has(pixelFormat)) {
    const known = [...FORMATS].join(', ');
    throw misuse('bad-config', `${where}, "${name}", has the pixel format "${pixelFormat}"; camd reads ${known}.`);
  }
  return {
    name,
    device,
    width: pixels(width),
    height: pixels(height),
    format: pixelFormat,
    stereo: one.stereo === true,
    service: type === 'stream_interrupt' && typeof service === 'string' && service !== '' ? service : undefined,
    offsets: { roll: angle(one.roll_offset), pitch: angle(one.pitch_offset), yaw: angle(one.yaw_offset) },
  };
}

const entry = (camera: Original, ids: ReadonlyMap<string, string>): string =>
  flow({
    device: camera.device,
    width: camera.width,
    height: camera.height,
    format: camera.format,
    stereo: camera.stereo ? true : undefined,
    interrupts: camera.service === undefined ? undefined : ids.get(camera.service),
  });

/** JSON strings are valid YAML, and every text of the configuration stays a string. */
const flow = (values: Readonly<Record<string, unknown>>): string =>
  `{ ${Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')} }`;

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const pixels = (value: unknown): number | undefined => {
  const found = Number(value);
  return Number.isInteger(found) && found >= 16 && found <= 16_384 ? found : undefined;
};

const angle = (value: unknown): number => (Number.isFinite(Number(value)) ? Number(value) : 0);
