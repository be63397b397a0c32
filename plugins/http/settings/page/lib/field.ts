// One field of a form, in the type of its schema: a choice, a number, a tick box, or text.

import { html } from 'htm/preact';
import type { EditableOption, OptionValue } from '../../../../../core/contract/plugin.ts';
import { hint, label } from './words.ts';

export interface FieldProps {
  readonly name: string;
  readonly option: EditableOption;
  readonly value: unknown;
  /** The value that applies while the field is empty. */
  readonly inherited: unknown;
  /** Choices instead of those of the schema. */
  readonly choices?: readonly string[];
  readonly onValue: (value: OptionValue | undefined) => void;
}

export const targetOf = (event: Event): HTMLInputElement => event.currentTarget as HTMLInputElement;

export function Field(props: FieldProps) {
  const { name, option, value, onValue } = props;
  const id = `field-${name}`;
  if (option.nodes) return html`<${Nodes} ...${props} />`;
  if (option.types.includes('boolean')) {
    return html`<div class="field tick">
      <label><input type="checkbox" checked=${value === true} onChange=${(event: Event) => onValue(targetOf(event).checked)} />
        ${label(name)}</label>
      <${Hint} id=${id} option=${option} />
    </div>`;
  }
  return html`<div class="field">
    <label for=${id}>${label(name)}</label>
    <${option.enum ? Choice : Typed} id=${id} ...${props} />
    <${Hint} id=${id} option=${option} />
  </div>`;
}

const Hint = ({ id, option }: { readonly id: string; readonly option: EditableOption }) =>
  html`<p class="hint" id="${id}-hint">${hint(option.description)}</p>`;

type Part = FieldProps & { readonly id: string };

function Choice({ id, option, value, inherited, choices, onValue }: Part) {
  const other = inherited ?? option.default;
  const names = choices ?? (option.enum ?? []).map(String);
  return html`<select id=${id} aria-describedby="${id}-hint" value=${value ?? ''}
    onChange=${(event: Event) => onValue(targetOf(event).value || undefined)}>
    <option value="">${other === undefined ? 'Not set' : `Default (${other})`}</option>
    ${names.map((one) => html`<option value=${one} selected=${one === value}>${one}</option>`)}
  </select>`;
}

function Typed({ id, option, value, inherited, onValue }: Part) {
  const other = inherited ?? option.default;
  const number =
    option.types.some((type) => type === 'integer' || type === 'number') && !option.types.includes('string');
  const read = (text: string): OptionValue | undefined => {
    if (text.trim() === '') return undefined;
    return number ? Number(text) : text;
  };
  return html`<input id=${id} aria-describedby="${id}-hint" type=${number ? 'number' : 'text'}
    inputmode=${option.types.includes('integer') && number ? 'numeric' : undefined}
    step=${option.types.includes('integer') ? 1 : 'any'} min=${option.minimum} max=${option.maximum}
    required=${option.required} autocomplete="off" spellcheck=${false}
    placeholder=${other === undefined ? undefined : `${other}`} value=${value ?? ''}
    onInput=${(event: Event) => onValue(read(targetOf(event).value))} />`;
}

/** Nodes that the option accepts. One is written as a string, several as a list. */
function Nodes({ name, option, value, onValue }: FieldProps) {
  const chosen = [value ?? []].flat().map(String);
  const choose = (node: string, on: boolean): void => {
    const next = [...chosen.filter((one) => one !== node), ...(on ? [node] : [])];
    onValue(next.length > 1 ? next : next[0]);
  };
  if (option.nodes?.length === 0) return null;
  return html`<fieldset class="field">
    <legend>${label(name)}</legend>
    ${option.nodes?.map(
      (node) => html`<label class="tick"><input type="checkbox" checked=${chosen.includes(node)}
        onChange=${(event: Event) => choose(node, targetOf(event).checked)} /> ${node}</label>`,
    )}
    <p class="hint">${hint(option.description)}</p>
  </fieldset>`;
}
