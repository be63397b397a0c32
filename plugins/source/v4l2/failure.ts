// Explains a camera's failure from the texts of v4l2-ctl, the device file and /proc: v4l2-ctl exits with 0 in most cases.

import { environment, type Fault } from '../../../core/contract/plugin.ts';
import { describeHolder, holdersOf } from '../../kit/process/holders.ts';
import { locate } from './devices.ts';

/** The USB bus has no bandwidth for another stream: this camera must wait until another one is closed. */
export const NO_BANDWIDTH = 'usb-bandwidth';
export const BUSY = 'device-busy';

export interface Ending {
  /** As written in the profile. */
  readonly device: string;
  /** The device file while it was open. */
  readonly file: string;
  /** The text that v4l2-ctl printed, without the lines of buffers. */
  readonly text: string;
  /** Bytes of pictures. */
  readonly bytes: number;
}

/** Explains why v4l2-ctl sent no (more) pictures. Checks the device again, so it must be called soon after the end. */
export async function explainEnd({ device, file, text, bytes }: Ending): Promise<Fault> {
  if (/No space left on device/.test(text)) {
    return environment(NO_BANDWIDTH, `The USB bus has no bandwidth left for ${device}: another camera uses it.`);
  }
  if (/resource busy/i.test(text)) return busy(device, file);
  try {
    const now = locate(device);
    if (now !== file) {
      return environment('device-unplugged', `${device} was unplugged and is back as ${now}.`);
    }
  } catch (cause) {
    if (/No such device/.test(text) || bytes > 0) {
      return environment('device-unplugged', `${device} was unplugged.`, cause);
    }
    if (cause instanceof Error && 'code' in cause) return environment(String(cause.code), cause.message, cause);
  }
  if (/Permission denied/.test(text)) {
    const hint = 'the user must be in the group video, and a unit with DeviceAllow= must allow the device';
    return environment('device-denied', `This user may not use ${device} (${lastLine(text)}): ${hint}.`);
  }
  if (/No such device|Cannot open device/.test(text)) {
    return environment('device-unplugged', `${device} does not answer any more: ${lastLine(text)}.`);
  }
  if (/select timeout/.test(text)) return silent(device, bytes);
  if (bytes === 0) {
    const holders = await holdersOf(new Set([file]));
    if (holders.length > 0) return busy(device, file);
  }
  const detail = lastLine(text);
  const wrote = bytes === 0 ? 'no picture' : 'no more pictures';
  return environment('no-picture', `${device} gave ${wrote}${detail === '' ? '' : `; v4l2-ctl reported: ${detail}`}.`);
}

/** The driver works, and no picture arrives. */
export const silent = (device: string, bytes: number): Fault =>
  environment(
    'camera-silent',
    `${device} has stopped sending pictures${bytes === 0 ? ' before the first one' : ''}; unplug it if this continues.`,
  );

/** Names the process and its unit if this user may see them. */
export async function busy(device: string, file: string): Promise<Fault> {
  const holders = await holdersOf(new Set([file]));
  if (holders.length === 0) {
    const hint = `"sudo fuser -v ${file}" shows which`;
    return environment(BUSY, `${device} is in use by another program: ${hint}.`);
  }
  const unit = holders.find((holder) => holder.unit !== undefined)?.unit;
  const advice =
    unit === undefined ? 'stop it' : `stop it, or name a node of service/systemd with the unit ${unit} in "interrupts"`;
  return environment(BUSY, `${device} is in use by ${holders.map(describeHolder).join(' and ')}: ${advice}.`);
}

/** The last line that is not empty. */
const lastLine = (text: string): string => {
  const lines = text.split('\n').map((line) => line.trim());
  return (
    lines
      .filter((line) => line !== '')
      .at(-1)
      ?.replace(/[.:]+$/, '') ?? ''
  );
};
