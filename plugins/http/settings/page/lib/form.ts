// The form that adds or changes one camera, or changes the shared options of a node's cameras.

import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { EditableOption, OptionValue, ProfileEdit } from '../../../../../core/contract/plugin.ts';
import { type Draft, editsToAdd, editsToChange, type Subject } from '../../cameras.ts';
import type { Device } from '../../devices.ts';
import { Field, targetOf } from './field.ts';
import { PICTURE_FIELDS, PictureFields } from './picture-fields.ts';
import { hint, label } from './words.ts';

interface FormProps {
  readonly subject: Subject;
  readonly taken: readonly string[];
  readonly devices: readonly Device[];
  readonly busy: boolean;
  /** The input before the review, if the user returns from there. */
  readonly initial: Draft | undefined;
  readonly onReview: (edits: readonly ProfileEdit[], draft: Draft) => void;
  readonly onCancel: () => void;
}

/** The profile's pattern for camera names. */
const NAME = '[A-Za-z0-9][A-Za-z0-9_.\\-]{0,127}';

export function Form({ subject, initial, taken, devices, busy, onReview, onCancel }: FormProps) {
  const adding = subject.name === '';
  const [draft, setDraft] = useState<Draft>(() => initial ?? draftOf(subject));
  const [trouble, setTrouble] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);

  const onValue = (field: string, value: OptionValue | undefined): void =>
    setDraft((last) => ({ ...last, values: { ...last.values, [field]: value } }));
  const onNumber = (index: number, name: string, value: number | undefined): void =>
    setDraft((last) => ({
      ...last,
      tables: last.tables.map((table, at) => (at === index ? { ...table, [name]: value } : table)),
    }));
  const submit = (event: Event): void => {
    event.preventDefault();
    const edits = adding ? editsToAdd(subject, draft) : editsToChange(subject, draft);
    const double = adding && taken.includes(draft.name) ? `There is a camera ${draft.name} already.` : '';
    const why = double || (edits.length === 0 ? 'Nothing has changed yet.' : '');
    setTrouble(why);
    if (why === '') onReview(edits, draft);
  };
  const others = Object.entries(subject.fields).filter(([field]) => !PICTURE_FIELDS.has(field));
  const title = adding ? 'Add a camera' : subject.is === 'defaults' ? `All cameras of ${subject.name}` : subject.name;

  return html`<form class="panel" onSubmit=${submit} onKeyDown=${(event: KeyboardEvent) => event.key === 'Escape' && onCancel()}>
    <h2 ref=${heading} tabindex="-1">${title}</h2>
    ${
      adding &&
      html`<div class="field">
        <label for="field-name">Name</label>
        <input id="field-name" required pattern=${NAME} autocomplete="off" autocapitalize="none" spellcheck=${false}
          aria-describedby="field-name-hint" value=${draft.name}
          onInput=${(event: Event) => {
            const name = targetOf(event).value.trim();
            setTrouble('');
            setDraft((last) => ({ ...last, name }));
          }} />
        <p class="hint" id="field-name-hint">Letters, digits, "_", "." and "-".</p>
      </div>`
    }
    <${PictureFields} fields=${subject.fields} values=${draft.values} inherited=${subject.inherited} devices=${devices} onValue=${onValue} />
    ${others.map(
      ([name, option]: [string, EditableOption]) =>
        html`<${Field} key=${name} name=${name} option=${option} value=${draft.values[name]} inherited=${subject.inherited[name]}
          onValue=${(value: OptionValue | undefined) => onValue(name, value)} />`,
    )}
    ${subject.tables.map(
      (table, index) => html`<fieldset class="field">
        <legend>${label(table.option)}</legend>
        <div class="row">
          ${table.names.map(
            (name) => html`<div class="field">
              <label for="table-${index}-${name}">${label(name)}</label>
              <input id="table-${index}-${name}" type="number" step="any" value=${draft.tables[index]?.[name] ?? ''}
                onInput=${(event: Event) => {
                  const { value } = targetOf(event);
                  onNumber(index, name, value === '' ? undefined : Number(value));
                }} />
            </div>`,
          )}
        </div>
        <p class="hint">${hint(table.description)}</p>
      </fieldset>`,
    )}
    ${trouble && html`<p class="lost" role="alert">${trouble}</p>`}
    <div class="buttons">
      <button type="submit" class="main" disabled=${busy}>Review the change</button>
      <button type="button" onClick=${onCancel}>Cancel</button>
    </div>
  </form>`;
}

function draftOf({ name, fields, values, tables }: Subject): Draft {
  const known = Object.keys(fields).map((field) => [field, values[field] as OptionValue | undefined]);
  return { name, values: Object.fromEntries(known), tables: tables.map((table) => ({ ...table.values })) };
}
