// Fields that depend on the device: the device itself, its formats, and its sizes as width and height.

import { html } from 'htm/preact';
import type { EditableOption, OptionValue } from '../../../../../core/contract/plugin.ts';
import type { Fields, Values } from '../../cameras.ts';
import type { Device } from '../../devices.ts';
import { Field, targetOf } from './field.ts';
import { formatsOf, sizesOf } from './sizes.ts';
import { hint } from './words.ts';

export interface PictureProps {
  readonly fields: Fields;
  readonly values: Values;
  readonly inherited: Values;
  readonly devices: readonly Device[];
  readonly onValue: (field: string, value: OptionValue | undefined) => void;
}

/** Fields of this component; the form draws the others. */
export const PICTURE_FIELDS: ReadonlySet<string> = new Set(['device', 'format', 'width', 'height']);

export function PictureFields({ fields, values, inherited, devices, onValue }: PictureProps) {
  const { device, format, width, height } = fields;
  const found = devices.find((one) => one.device === String(values.device));
  const pixels = values.format ?? inherited.format ?? format?.default;
  const field = (name: string, option: EditableOption, choices?: readonly string[]) =>
    html`<${Field} name=${name} option=${option} value=${values[name]} inherited=${inherited[name]}
      choices=${choices} onValue=${(value: OptionValue | undefined) => onValue(name, value)} />`;
  return html`
    ${
      device &&
      html`<${DeviceField} option=${device} value=${values.device} devices=${devices}
      onValue=${(value: OptionValue | undefined) => onValue('device', value)} />`
    }
    ${format && field('format', format, formatsOf(format, found, values.format))}
    ${width && height && html`<${SizeChoices} device=${found} format=${pixels} values=${values} onValue=${onValue} />`}
    <div class="row">${width && field('width', width)}${height && field('height', height)}</div>
  `;
}

interface DeviceProps {
  readonly option: EditableOption;
  readonly value: unknown;
  readonly devices: readonly Device[];
  readonly onValue: (value: OptionValue | undefined) => void;
}

/** A choice of connected devices, and a text field for the path of another device. */
function DeviceField({ option, value, devices, onValue }: DeviceProps) {
  const current = value === undefined ? '' : String(value);
  const listed = devices.some(({ device }) => device === current);
  const read = (text: string): OptionValue | undefined => {
    const written = text.trim();
    return /^\d{1,3}$/.test(written) && option.types.includes('integer') ? Number(written) : written || undefined;
  };
  return html`
    ${
      devices.length > 0 &&
      html`<div class="field">
        <label for="field-devices">Connected cameras</label>
        <select id="field-devices" value=${listed ? current : ''}
          onChange=${(event: Event) => targetOf(event).value && onValue(read(targetOf(event).value))}>
          <option value="">${current === '' ? 'Choose a camera' : 'The one below is not connected'}</option>
          ${devices.map(
            ({ name, device, trouble }) =>
              html`<option value=${device} selected=${device === current}>${name}: ${device}${trouble ? ` (${trouble})` : ''}</option>`,
          )}
        </select>
      </div>`
    }
    <div class="field">
      <label for="field-device">Device</label>
      <input id="field-device" aria-describedby="field-device-hint" type="text" autocomplete="off" spellcheck=${false}
        required=${option.required} value=${current} onInput=${(event: Event) => onValue(read(targetOf(event).value))} />
      <p class="hint" id="field-device-hint">${hint(option.description)}</p>
    </div>
  `;
}

interface SizeProps extends Pick<PictureProps, 'values' | 'onValue'> {
  readonly device: Device | undefined;
  readonly format: unknown;
}

function SizeChoices({ device, format, values, onValue }: SizeProps) {
  const sizes = sizesOf(device, format);
  const current = sizes.findIndex(({ width, height }) => width === values.width && height === values.height);
  if (sizes.length === 0) return null;
  const choose = (event: Event): void => {
    const size = sizes[Number(targetOf(event).value)];
    if (!size) return;
    onValue('width', size.width);
    onValue('height', size.height);
  };
  return html`<div class="field">
    <label for="field-size">Sizes of this camera</label>
    <select id="field-size" value=${current} onChange=${choose}>
      <option value="-1">Choose a size</option>
      ${sizes.map(({ text }, index) => html`<option value=${index} selected=${index === current}>${text}</option>`)}
    </select>
  </div>`;
}
