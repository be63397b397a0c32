// Converts the forms of the Snapshot Server's settings page to edits of the profile. Pure.

import type { EditableNode, OptionValue, ProfileEdit } from '../../../core/contract/plugin.ts';
import { blank, camerasOf, type Draft, editsToAdd, editsToRemove, homesOf } from './cameras.ts';

export type FormEdits = { readonly edits: readonly ProfileEdit[] } | { readonly error: string };

/** `unit` returns the node of the service with this unit, or undefined. */
export function addFromForm(
  form: URLSearchParams,
  nodes: readonly EditableNode[],
  unit: (name: string) => string | undefined,
): FormEdits {
  const name = text(form, 'name');
  if (name === '') return { error: 'Give the camera a name.' };
  if (camerasOf(nodes).some((camera) => camera.name === name)) return { error: `There is a camera ${name} already.` };
  const [home] = homesOf(nodes);
  if (!home) return { error: 'No node of this page accepts cameras.' };
  const service = text(form, 'service_name');
  const interrupts = text(form, 'type') === 'stream_interrupt' && service !== '' ? unit(service) : undefined;
  if (text(form, 'type') === 'stream_interrupt' && interrupts === undefined) {
    return { error: `The profile has no service ${service}; add a node of service/systemd to the file first.` };
  }
  const options: Record<string, OptionValue | undefined> = {
    device: device(text(form, 'device_path')),
    width: number(text(form, 'width')),
    height: number(text(form, 'height')),
    format: text(form, 'pixel_format').toUpperCase() || undefined,
    stereo: form.get('stereo') === 'on',
    interrupts,
  };
  const values = Object.fromEntries(Object.entries(options).filter(([field]) => home.fields[field] !== undefined));
  const subject = blank(home, nodes);
  const angles = Object.fromEntries(
    ['roll', 'pitch', 'yaw'].flatMap((angle) => {
      const value = number(text(form, `${angle}_offset`));
      return typeof value === 'number' && value !== 0 ? [[angle, value]] : [];
    }),
  );
  const draft: Draft = { name, values, tables: subject.tables.map(() => angles) };
  return { edits: editsToAdd(subject, draft) };
}

export function deleteByName(name: string, nodes: readonly EditableNode[]): FormEdits {
  const camera = camerasOf(nodes).find((one) => one.name === name);
  return camera ? { edits: editsToRemove(camera) } : { error: `There is no camera ${name}.` };
}

const text = (form: URLSearchParams, name: string): string => form.get(name)?.trim() ?? '';

/** A value that is not a number stays text, so that validation reports the error. */
function number(value: string): number | string | undefined {
  if (value === '') return undefined;
  return Number.isFinite(Number(value)) ? Number(value) : value;
}

const device = (value: string): string | number | undefined =>
  /^\d{1,3}$/.test(value) ? Number(value) : value || undefined;
