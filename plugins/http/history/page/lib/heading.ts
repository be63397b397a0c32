// The heading: selection of camera and day, and links.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { screenText, useScreenStates } from '../../../../kit/page/shared/screen-states.ts';
import { linkUrl } from './api.ts';
import { Calendar } from './calendar.ts';
import { dayOf, dayText } from './day.ts';
import type { Model } from './model.ts';
import { words } from './words.ts';

export function Heading({ model }: { readonly model: Model }) {
  const { cameras, camera, links, day, bounds } = model.state();
  const [isCalendar, setCalendar] = useState(false);
  const range = model.range();
  const oldest = range ? dayOf(range.oldest.timestamp) : day;
  const today = dayOf(Date.now());
  const newest = range ? dayOf(range.newest.timestamp) : day;
  const name = model.name();
  const isKnown = range !== undefined;

  const states = useScreenStates(links.state === undefined || camera === '' ? undefined : linkUrl(links.state, camera));
  const state = states.get(camera);
  const screen = state && screenText(state, Date.now());

  const onCamera = ({ currentTarget }: { currentTarget: HTMLSelectElement }): void =>
    model.openCamera(currentTarget.value);
  const close = (): void => {
    setCalendar(false);
    document.getElementById('calendar-button')?.focus();
  };
  const onDay = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    // An incomplete date is ignored.
    if (currentTarget.value !== '' && currentTarget.checkValidity()) model.openDay(currentTarget.value);
  };
  const chooser = html`<h1 id="name" class="hidden">${words.historyOf(name)}</h1>
    <label class="chooser">
      <span class="hidden">${words.camera}</span>
      <select id="camera" onChange=${onCamera}>
        ${!isKnown && html`<option value=${camera} selected>${name}</option>`}
        ${cameras.map((one) => html`<option value=${one.camera} selected=${one.camera === camera}>${one.name}</option>`)}
      </select>
    </label>`;

  return html`<header class="heading">
    <div class="ways">
      ${links.viewer !== undefined && html`<a class="button" href=${linkUrl(links.viewer)}>${words.allCameras}</a>`}
      ${screen !== undefined && html`<span class="screen">${screen}</span>`}
    </div>
    ${
      cameras.length > 1 || (cameras.length === 1 && !isKnown)
        ? chooser
        : html`<h1 id="name">${name === '' ? words.history : name}</h1>`
    }
    <nav aria-label=${words.days}>
      <button type="button" aria-label=${words.previousDay} disabled=${!isKnown || day <= oldest} onClick=${() => model.shiftDay(false)}>
        ←
      </button>
      <input
        id="day"
        type="date"
        aria-label=${words.day}
        title=${dayText(bounds.from)}
        required
        min=${oldest}
        max=${[newest, today].sort()[1]}
        value=${day}
        disabled=${!isKnown}
        onChange=${onDay}
      />
      <button type="button" aria-label=${words.nextDay} disabled=${!isKnown || day >= newest} onClick=${() => model.shiftDay(true)}>
        →
      </button>
      <button id="calendar-button" type="button" aria-expanded=${String(isCalendar)} disabled=${!isKnown} onClick=${() => setCalendar(!isCalendar)}>
        ${words.calendar}
      </button>
      ${isCalendar && html`<${Calendar} model=${model} close=${close} />`}
    </nav>
  </header>`;
}
