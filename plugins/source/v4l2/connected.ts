// The cameras of this machine with their formats and controls, for users who choose one.

import { systemClock } from '../../../core/base/clock.ts';
import type { Fact } from '../../../core/contract/plugin.ts';
import { type Holder, holdersOf } from '../../kit/process/holders.ts';
import { type Control, parseControls } from './controls.ts';
import { type Device, type DeviceFolders, listDevices, SYSTEM } from './devices.ts';
import { type OfferedFormat, parseOffers } from './formats.ts';
import { isKnownFormat } from './pixels.ts';
import { runTool } from './tool.ts';

export interface Connected {
  readonly name: string;
  readonly driver: string;
  /** The lasting path of the camera: by its id if no other camera shares it, else by its port. */
  readonly device: string;
  readonly file: string;
  /** Another camera has the same id: udev gives the link to the one that was connected last. */
  readonly sharedId: boolean;
  readonly formats: readonly OfferedFormat[];
  readonly controls: readonly Control[];
  readonly holders: readonly Holder[];
  /** Why the camera could not be queried. */
  readonly trouble: string | undefined;
}

const CALL_MS = 30_000;

export async function listConnected(signal: AbortSignal, folders: DeviceFolders = SYSTEM): Promise<Connected[]> {
  const devices = listDevices(folders);
  const found = await Promise.all(devices.map((device) => query(device, devices, signal)));
  return found.filter(({ formats, trouble }) => formats.length > 0 || trouble !== undefined);
}

async function query(device: Device, all: readonly Device[], signal: AbortSignal): Promise<Connected> {
  const { file, name } = device;
  const info = await runTool(['-d', file, '--info'], signal, systemClock, CALL_MS);
  const listed = await runTool(['-d', file, '--list-formats-ext', '--list-ctrls-menus'], signal, systemClock, CALL_MS);
  const trouble = info.out.includes('Driver name') ? undefined : info.err.trim() || 'it does not answer';
  const [id] = device.ids;
  const [path] = device.paths;
  // Two cameras without a serial number have the same id. udev keeps one link: the other camera has none.
  const alike = all.filter((one) => one.name === name);
  const sharedId = alike.length > 1 && alike.some((one) => one.ids.length === 0) && !hasSerial(info.out);
  return {
    name,
    driver: /Driver name\s*: (\S+)/.exec(info.out)?.[1] ?? 'unknown',
    device: (sharedId ? (path ?? id) : (id ?? path)) ?? file,
    file,
    sharedId,
    formats: parseOffers(listed.out),
    controls: parseControls(listed.out),
    holders: await holdersOf(new Set([file])),
    trouble,
  };
}

const hasSerial = (info: string): boolean => /^\s*Serial\s*: \S/m.test(info);

/** The answer to the command `devices`: only formats that a profile can name. */
export const asChoice = ({ name, device, formats, trouble }: Connected): Fact => ({
  name,
  device,
  formats: formats
    .filter(({ pixels }) => isKnownFormat(pixels))
    .map(({ pixels, sizes }) => ({ format: pixels, sizes: sizes.map(({ size, rates }) => ({ size, rates })) })),
  ...(trouble === undefined ? {} : { trouble }),
});
