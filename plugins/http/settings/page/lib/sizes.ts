// Formats and sizes of a device, as choices. Pure.

import type { EditableOption } from '../../../../../core/contract/plugin.ts';
import type { Device } from '../../devices.ts';

export interface SizeChoice {
  readonly width: number;
  readonly height: number;
  readonly text: string;
}

/** The option's formats that the device supports; all formats for a device that is not connected. */
export function formatsOf(option: EditableOption, device: Device | undefined, current: unknown): string[] {
  const all = (option.enum ?? []).map(String);
  const offered = (device?.formats ?? []).map(({ format }) => format);
  return offered.length === 0 ? all : all.filter((format) => offered.includes(format) || format === current);
}

/** The sizes of this format, the largest first, without ranges, whose numbers the user types in. */
export function sizesOf(device: Device | undefined, format: unknown): SizeChoice[] {
  const { sizes = [] } = device?.formats.find((one) => one.format === format) ?? {};
  return sizes
    .flatMap(({ size, rates }): SizeChoice[] => {
      const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? [];
      if (width === undefined || height === undefined) return [];
      const most = Math.max(0, ...rates);
      const text = `${width} × ${height}${most > 0 ? `, up to ${Math.round(most)} a second` : ''}`;
      return [{ width: Number(width), height: Number(height), text }];
    })
    .sort((a, b) => b.width * b.height - a.width * a.height);
}
