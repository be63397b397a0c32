// Joins the device lists of all sources for the page.

import type { Fact, Input } from '../../../core/contract/plugin.ts';

/** Milliseconds in which sources must list their devices. */
const ANSWER_MS = 15_000;
/** Most requested cameras; the cameras of one source share its answer. */
const MAX_REQUESTS = 64;

export interface Device {
  readonly name: string;
  /** Value for the option `device`. */
  readonly device: string;
  readonly formats: readonly { readonly format: string; readonly sizes: readonly Size[] }[];
  /** The reason why the device could not be queried. */
  readonly trouble?: string;
}

export interface Size {
  /** "640x480", or a range. */
  readonly size: string;
  readonly rates: readonly number[];
}

/** Sends the command `devices` to all sources, and skips those that do not support it. */
export async function listDevices(input: Input, signal: AbortSignal): Promise<Device[]> {
  const cameras = input.cameras().filter((camera) => input.answers('command', camera));
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const answers = await Promise.allSettled(
    cameras.slice(0, MAX_REQUESTS).map((camera) => input.ask('command', camera, { name: 'devices' }, inTime)),
  );
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? read(answer.value) : []));
  return [...new Map(found.map((device) => [device.device, device])).values()];
}

const read = (answer: Fact): Device[] => (Array.isArray(answer) ? answer.flatMap(readDevice) : []);

function readDevice(value: Fact): Device[] {
  const { name, device, formats, trouble } = fields(value);
  if (typeof device !== 'string') return [];
  const listed = list(formats).flatMap((one) => {
    const { format, sizes } = fields(one);
    return typeof format === 'string' ? [{ format, sizes: list(sizes).flatMap(readSize) }] : [];
  });
  return [
    {
      name: typeof name === 'string' && name !== '' ? name : device,
      device,
      formats: listed,
      ...(typeof trouble === 'string' ? { trouble } : {}),
    },
  ];
}

function readSize(value: Fact): Size[] {
  const { size, rates } = fields(value);
  if (typeof size !== 'string') return [];
  return [{ size, rates: list(rates).filter((rate) => typeof rate === 'number') }];
}

const list = (value: Fact | undefined): readonly Fact[] => (Array.isArray(value) ? value : []);

const fields = (value: Fact): Readonly<Record<string, Fact>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
