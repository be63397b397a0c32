// The devices that the sources list when they are asked, in one list for the page.

import type { Fact, Input } from '../../../core/contract/plugin.ts';

/** Milliseconds for sources to list their devices. */
const ANSWER_MS = 15_000;
/** Cameras that are asked; those of one source share its answer. */
const MAX_ASKED = 64;

export interface Device {
  readonly name: string;
  /** As the option `device` takes it. */
  readonly device: string;
  readonly formats: readonly { readonly format: string; readonly sizes: readonly Size[] }[];
  /** Why it could not be asked for more. */
  readonly trouble?: string;
}

export interface Size {
  /** "640x480", or a range. */
  readonly size: string;
  readonly rates: readonly number[];
}

/** A source answers the command `devices` with such a list; one that does not know it is left out. */
export async function listDevices(input: Input, signal: AbortSignal): Promise<Device[]> {
  const cameras = input.cameras().filter((camera) => input.answers('command', camera));
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const answers = await Promise.allSettled(
    cameras.slice(0, MAX_ASKED).map((camera) => input.ask('command', camera, { name: 'devices' }, inTime)),
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
