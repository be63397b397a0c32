// Describes cameras for clients of the API from their options in the profile. Pure.

import type { ProfileView } from '../../../core/contract/plugin.ts';

export interface CameraInfo {
  readonly name: string;
  readonly device_path: string;
  /** `stream_interrupt`: each picture stops a service. */
  readonly type: 'direct' | 'stream_interrupt';
  readonly width: number;
  readonly height: number;
  readonly pixel_format: string;
  readonly stereo: boolean;
  readonly service_name: string;
  readonly roll_offset: number;
  readonly pitch_offset: number;
  readonly yaw_offset: number;
}

/** Names with another meaning in the API. */
export const RESERVED: ReadonlySet<string> = new Set(['all', 'stereo']);

export interface Described {
  /** The cameras that take pictures on demand at the moment. */
  readonly names: readonly string[];
  readonly nodes: ProfileView['nodes'];
  /** Node id of a service → its unit on this machine. */
  unit(node: string): string;
  /** Pixels of the last picture, for cameras without a size in the profile. */
  size(camera: string): { readonly width: number; readonly height: number } | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** Cameras in the order of the profile, then the others. */
export function describeCameras({ names, nodes, unit, size }: Described): CameraInfo[] {
  const entries = new Map<string, Values>();
  const offsets = new Map<string, Values>();
  // Cameras of the option `cameras` are listed while their node is down, too, so that a request gets the reason.
  const listed = new Set(names);
  for (const { id, options } of nodes) {
    if (options.device !== undefined) entries.set(id, options);
    for (const [name, one] of Object.entries(record(options.cameras))) {
      listed.add(name);
      entries.set(name, { ...options, ...given(record(one)) });
    }
    for (const [name, one] of Object.entries(record(options.offsets))) offsets.set(name, record(one));
  }
  const known = [...entries.keys()].filter((name) => listed.has(name));
  const others = names.filter((name) => !entries.has(name));
  return [...known, ...others].map((name) => {
    const own = entries.get(name) ?? {};
    const [service] = [own.interrupts ?? []].flat();
    const angles = offsets.get(name) ?? {};
    return {
      name,
      device_path: devicePath(own.device),
      type: service === undefined ? 'direct' : 'stream_interrupt',
      width: number(own.width, size(name)?.width),
      height: number(own.height, size(name)?.height),
      pixel_format: typeof own.format === 'string' ? own.format : 'MJPG',
      stereo: own.stereo === true,
      service_name: typeof service === 'string' ? unit(service) : '',
      roll_offset: number(angles.roll),
      pitch_offset: number(angles.pitch),
      yaw_offset: number(angles.yaw),
    };
  });
}

const record = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const given = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const number = (...values: readonly unknown[]): number => values.find((value) => typeof value === 'number') ?? 0;

function devicePath(device: unknown): string {
  if (typeof device !== 'string' && typeof device !== 'number') return '';
  return /^\d+$/.test(String(device)) ? `/dev/video${device}` : String(device);
}
