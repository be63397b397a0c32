// The page's texts for fields, cameras and the outcome of a change. Pure.

import type { ProfileChange } from '../../../../../core/contract/plugin.ts';
import type { Subject } from '../../cameras.ts';
import type { Device } from '../../devices.ts';

/** "pixel_format" → "Pixel format". */
export const label = (field: string): string => {
  const words = field.replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};

/** The first sentence of an option's description. */
export const hint = (description: string): string => /^.*?[.)](?=\s|$)/s.exec(description)?.[0] ?? description;

/** "/dev/v4l/by-id/usb-046d_C920-video-index0" → "046d C920". */
const shortPath = (device: unknown): string =>
  String(device)
    .replace(/^\/dev\/(v4l\/by-(id|path)\/)?(usb-)?/, '')
    .replace(/-video-index0$/, '')
    .replaceAll('_', ' ');

/** The facts on a card: device, picture size and format, and further settings. */
export function factsOf({ values, inherited, fields }: Subject, devices: readonly Device[]): string[] {
  const value = (field: string): unknown => values[field] ?? inherited[field];
  const { device } = values;
  const known = devices.find((one) => one.device === String(device));
  const [width, height, format, interrupts] = ['width', 'height', 'format', 'interrupts'].map(value);
  const size = typeof width === 'number' && typeof height === 'number' ? `${width} × ${height}` : '';
  return [
    ...(device === undefined ? [] : [known ? `${known.name} (${shortPath(device)})` : shortPath(device)]),
    [size, fields.format && typeof format === 'string' ? format : ''].filter((one) => one !== '').join(', '),
    ...(values.stereo === true ? ['Stereo'] : []),
    ...(interrupts === undefined ? [] : [`Interrupts ${[interrupts].flat().join(', ')}`]),
  ].filter((one) => one !== '');
}

export interface Outcome {
  readonly title: string;
  readonly text: string;
}

export function outcomeOf(change: ProfileChange & { readonly ok: false }): Outcome {
  const problems = change.problems.map(({ message }) => message);
  const text = problems.length > 0 ? problems.join(' ') : change.message;
  switch (change.reason) {
    case 'stale':
      return { title: 'The file was changed in the meantime', text };
    case 'read-only':
      return { title: 'camd cannot write the file', text: `${text} Copy the text below into the file by hand.` };
    case 'not-applied':
      return {
        title: 'The change could not be applied',
        text: `${text} The old file was restored, and camd continues with it.`,
      };
    case 'invalid':
      return { title: 'The profile would be invalid', text };
    default:
      return { title: 'The change was refused', text };
  }
}
