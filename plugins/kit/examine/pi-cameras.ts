// The cameras of a Raspberry Pi, as `rpicam-hello --list-cameras` prints them.

import { basename } from 'node:path';
import { findProgram } from '../../../core/base/find-program.ts';
import type { Observation } from '../../../core/contract/plugin.ts';
import { outputOf } from '../process/output.ts';

const LIST_MS = 10_000;

export interface PiCamera {
  readonly index: number;
  /** The sensor, such as "imx219". */
  readonly sensor: string;
  /** "3280x2464", of all modes, each once. */
  readonly sizes: readonly string[];
}

/** Undefined if there is no such program. */
export async function listPiCameras(signal?: AbortSignal): Promise<readonly PiCamera[] | undefined> {
  const program = ['rpicam-hello', 'libcamera-hello'].find((name) => findProgram(name) !== undefined);
  if (program === undefined) return undefined;
  const { out, err } = await outputOf([program, '--list-cameras'], LIST_MS, signal);
  // The list went to stderr in libcamera-apps before 2023.
  return parsePiCameras(`${out}\n${err}`);
}

/** Pure. "0 : imx219 [3280x2464 10-bit RGGB] (/base/…)", then its modes, indented. */
export function parsePiCameras(text: string): PiCamera[] {
  const cameras: { index: number; sensor: string; sizes: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [, index, sensor] = /^\s*(\d+) : (\S+) \[/.exec(line) ?? [];
    if (index !== undefined && sensor !== undefined) {
      cameras.push({ index: Number(index), sensor, sizes: [] });
      continue;
    }
    const size = /(?:^|\s)(\d+x\d+) \[[\d.]+ fps/.exec(line)?.[1];
    const camera = cameras.at(-1);
    if (size !== undefined && camera && !camera.sizes.includes(size)) camera.sizes.push(size);
  }
  return cameras;
}

/** Checks a command that runs rpicam-vid, libcamera-still and the like; no observation for other programs, or if they are not installed. */
export async function* examinePiCamera(
  command: readonly string[],
  signal: AbortSignal,
  option = 'command',
): AsyncGenerator<Observation> {
  const [program = ''] = command;
  if (!/^(?:rpicam|libcamera)-/.test(basename(program))) return;
  const cameras = await listPiCameras(signal);
  if (cameras === undefined) return;
  const number = Number(command[command.indexOf('--camera') + 1] ?? 0);
  const wanted = command.includes('--camera') && Number.isInteger(number) ? number : 0;
  const found = cameras.find(({ index }) => index === wanted);
  if (found) {
    yield { is: 'fine', code: 'camera', option, message: `Camera ${wanted} is a ${found.sensor}.` };
    return;
  }
  const message =
    cameras.length === 0
      ? 'libcamera finds no camera on this machine; check its cable, with the power off, and that this user is in the group "video".'
      : `There is no camera ${wanted}; there are ${cameras.map(({ index, sensor }) => `${index} (${sensor})`).join(', ')}.`;
  yield { is: 'wrong', code: 'missing-camera', option, message, fix: 'rpicam-hello --list-cameras' };
}
