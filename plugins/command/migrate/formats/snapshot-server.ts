// Reads the config.json of the Snapshot Server: its cameras, services and offsets, behind the same REST API.

import type { Draft, Options } from '../draft.ts';
import type { Format } from '../format.ts';
import { fields, listOf, numberOf, textOf } from '../text/yaml.ts';

const FORMATS: ReadonlySet<string> = new Set(['MJPG', 'JPEG', 'YUYV', 'UYVY', 'NV12', 'YU12', 'GREY', 'RGB3', 'BGR3']);

export const snapshotServer: Format = {
  name: 'snapshot-server',
  files: 'config.json of the Snapshot Server',
  advice: [
    'Stop the Snapshot Server. Its clients, the API and the file names stay the same; docs/snapshot-server.md explains the differences.',
    '"camd polkit" prints the rule that permits camd to stop and start the services.',
  ],
  recognise: ({ text }) => /"device_path"\s*:/.test(text),
  read([source], draft) {
    const file: unknown = JSON.parse(source?.text ?? '');
    const written = Array.isArray(file) ? file : listOf(fields(file).cameras);
    if (written.length === 0) throw new Error('it has no camera');
    const services = new Map<string, string>();
    const offsets: Record<string, Options> = {};
    const cameras = Object.fromEntries(written.map((camera) => readCamera(draft, fields(camera), services, offsets)));
    draft.node('eyes', 'source/v4l2', { mode: 'still', cameras });
    for (const [unit, id] of services) draft.node(id, 'service/systemd', { unit: draft.text(unit), settle: '1s' });
    draft.node('broker', 'mqtt/client', { url: 'mqtt://127.0.0.1:1883' });
    draft.node('imu', 'reading/mqtt', {
      via: 'broker',
      topic: 'status/',
      fields: { roll: 'roll', pitch: 'pitch', yaw: 'yaw' },
    });
    draft.node('tagged', 'transform/exif', {
      from: 'eyes',
      readings: 'imu',
      offsets: Object.keys(offsets).length > 0 ? offsets : undefined,
    });
    draft.node('disk', 'store/disk', {
      from: 'tagged',
      path: 'snapshots',
      name: '{prefix}_{camera}_{time}.{ext}',
      time_format: '%Y%m%d_%H%M%S%f',
      prefixes: ['snapshot', 'api_all_cams', 'api_stereo', 'all_cams', 'stereo'],
      latest_as: 'none',
    });
    draft.node(
      'retention',
      'retain/policy',
      { into: 'disk', max_age: '30d', max_bytes: '2GiB' },
      'The original deletes no pictures.',
    );
    draft.node('web', 'http/server', { listen: ':88' });
    const units = [...services.values()];
    draft.node('api', 'http/snapshot-api', {
      on: 'web',
      from: 'disk',
      cameras: ['eyes', 'tagged'],
      services: units.length > 0 ? units : undefined,
    });
  },
};

function readCamera(
  draft: Draft,
  camera: Readonly<Record<string, unknown>>,
  services: Map<string, string>,
  offsets: Record<string, Options>,
): [string, Options] {
  const name = textOf(camera.name) ?? 'camera';
  const id = draft.id(/^(all|stereo)$/.test(name) ? `${name}_camera` : name);
  if (id !== name) draft.note(`the camera "${name}" is called ${id}: the API requires such a name`);
  const device = textOf(camera.device_path) ?? '';
  if (!device.startsWith('/')) throw new Error(`the camera ${id} has no device_path such as /dev/video0`);
  const format = textOf(camera.pixel_format)?.toUpperCase();
  if (format !== undefined && !FORMATS.has(format))
    draft.note(`${id}: the pixel format ${format}; MJPG was used instead`);
  const unit = camera.type === 'stream_interrupt' ? (textOf(camera.service_name) ?? '') : '';
  if (unit !== '' && !services.has(unit)) services.set(unit, draft.id(unit.replace(/\.service$/, '')));
  const turned = (['roll', 'pitch', 'yaw'] as const).map(
    (angle) => [angle, numberOf(camera[`${angle}_offset`]) ?? 0] as const,
  );
  if (turned.some(([, angle]) => angle !== 0)) offsets[id] = Object.fromEntries(turned);
  return [
    id,
    {
      device: draft.text(device),
      width: numberOf(camera.width),
      height: numberOf(camera.height),
      format: format !== undefined && FORMATS.has(format) ? format : undefined,
      stereo: camera.stereo === true ? true : undefined,
      interrupts: unit === '' ? undefined : services.get(unit),
    },
  ];
}
