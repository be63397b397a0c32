// Checks the cameras of a profile on this machine: missing devices, and controls that a camera does not have.

import { type Clock, type Finding, isFault } from '../../../core/contract/plugin.ts';
import { parseControls, resolveControls } from './controls.ts';
import { devicePath, locate } from './devices.ts';
import type { CameraEntry } from './options.ts';
import { runTool } from './tool.ts';

const CALL_MS = 30_000;

/** A missing camera may come back, so it is a warning; a control that the camera does not have is an error. */
export async function inspectCamera(
  { spec, prefix }: CameraEntry,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const device = devicePath(spec.device);
  const warning = (cause: unknown): Finding => {
    if (!isFault(cause)) throw cause;
    return { option: `${prefix}device`, code: 'not-here', severity: 'warning', message: cause.message };
  };
  try {
    locate(device);
  } catch (cause) {
    return [warning(cause)];
  }
  if (Object.keys(spec.controls).length === 0) return [];
  try {
    const { out } = await runTool(['-d', device, '--list-ctrls-menus'], signal, clock, CALL_MS);
    const known = parseControls(out);
    if (known.length === 0) return [];
    const { refused } = resolveControls(spec.controls, known);
    return [...refused].map(([name, message]) => ({
      option: `${prefix}controls.${name}`,
      code: known.some((control) => control.name === name) ? 'wrong-value' : 'unknown-option',
      message,
    }));
  } catch (cause) {
    return [warning(cause)];
  }
}
