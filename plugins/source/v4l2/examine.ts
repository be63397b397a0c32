// Examines each camera of a node: its device, the programs that use it, and its formats.

import { systemClock } from '../../../core/base/clock.ts';
import { type ExamineView, isFault, type Observation } from '../../../core/contract/plugin.ts';
import type { SourceV4L2Options } from '../../../schemas/source/v4l2.ts';
import { quoted } from '../../kit/examine/connection.ts';
import { userName } from '../../kit/examine/folder.ts';
import { examineProgram } from '../../kit/examine/programs.ts';
import { describeHolder, holdersOf } from '../../kit/process/holders.ts';
import { devicePath, locate } from './devices.ts';
import { parseOffers } from './formats.ts';
import { type CameraEntry, camerasOf } from './options.ts';
import { runTool } from './tool.ts';

const CALL_MS = 5_000;

export async function* examineCameras(options: SourceV4L2Options, view: ExamineView): AsyncGenerator<Observation> {
  let hasTool = false;
  for (const found of examineProgram('v4l2-ctl', 'use')) {
    hasTool = found.is === 'fine';
    yield found;
  }
  for (const entry of camerasOf(view.id, options)) yield* examineCamera(entry, hasTool, view);
}

async function* examineCamera(
  { spec, prefix, interrupts }: CameraEntry,
  hasTool: boolean,
  { signal }: ExamineView,
): AsyncGenerator<Observation> {
  const device = devicePath(spec.device);
  const option = `${prefix}device`;
  let file: string;
  try {
    file = locate(device);
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    const fix = cause.code === 'device-denied' ? `sudo usermod -aG video ${quoted(userName())}` : 'camd devices';
    yield { is: 'wrong', code: cause.code, option, message: cause.message, fix };
    return;
  }
  const holders = (await holdersOf(new Set([file]))).filter(({ pid }) => pid !== process.pid);
  if (holders.length > 0 && interrupts === undefined && holders.every(({ unit }) => unit !== 'camd.service')) {
    const [first] = holders;
    const fix = first?.unit === undefined ? `sudo fuser -v ${quoted(file)}` : `sudo systemctl stop ${first.unit}`;
    const message = `${device} is in use by ${holders.map(describeHolder).join(', ')}; most cameras serve one program only.`;
    yield { is: 'warning', code: 'device-busy', option, message, fix };
  }
  if (!hasTool) return;
  const { out } = await runTool(['-d', file, '--list-formats-ext'], signal, systemClock, CALL_MS);
  const offers = parseOffers(out);
  if (offers.length === 0) {
    const fix = `v4l2-ctl -d ${quoted(file)} --all`;
    yield { is: 'wrong', code: 'no-camera', option, message: `${device} offers no pictures; is it a camera?`, fix };
    return;
  }
  const pixels = offers.map((offer) => offer.pixels);
  if (spec.format !== undefined && !pixels.includes(spec.format)) {
    const message = `${device} has no format ${spec.format}; it has ${pixels.join(', ')}.`;
    yield { is: 'wrong', code: 'no-format', option: `${prefix}format`, message, fix: 'camd devices' };
    return;
  }
  yield { is: 'fine', code: 'camera', option, message: `${device} is there and offers ${pixels.join(', ')}.` };
}
