// The heading: camera and day, with links to others.

import { html } from 'htm/preact';
import { screenText, useScreenStates } from '../../../../kit/page/shared/screen-states.ts';
import { linkUrl } from './api.ts';
import { dayOf, dayText } from './day.ts';
import type { Model } from './model.ts';

export function Heading({ model }: { readonly model: Model }) {
  const { cameras, camera, links, day, bounds } = model.state();
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
  const onDay = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    // An incomplete date is ignored.
    if (currentTarget.value !== '' && currentTarget.checkValidity()) model.openDay(currentTarget.value);
  };
  const chooser = html`<h1 id="name" class="hidden">History of ${name}</h1>
    <label class="chooser">
      <span class="hidden">Camera</span>
      <select id="camera" onChange=${onCamera}>
        ${!isKnown && html`<option value=${camera} selected>${name}</option>`}
        ${cameras.map((one) => html`<option value=${one.camera} selected=${one.camera === camera}>${one.name}</option>`)}
      </select>
    </label>`;

  return html`<header class="heading">
    <div class="ways">
      ${links.viewer !== undefined && html`<a class="button" href=${linkUrl(links.viewer)}>All cameras</a>`}
      ${screen !== undefined && html`<span class="screen">${screen}</span>`}
    </div>
    ${
      cameras.length > 1 || (cameras.length === 1 && !isKnown)
        ? chooser
        : html`<h1 id="name">${name === '' ? 'History' : name}</h1>`
    }
    <nav aria-label="Days">
      <button type="button" aria-label="Previous day" disabled=${!isKnown || day <= oldest} onClick=${() => model.shiftDay(false)}>
        ←
      </button>
      <input
        id="day"
        type="date"
        aria-label="Day"
        title=${dayText(bounds.from)}
        required
        min=${oldest}
        max=${[newest, today].sort()[1]}
        value=${day}
        disabled=${!isKnown}
        onChange=${onDay}
      />
      <button type="button" aria-label="Next day" disabled=${!isKnown || day >= newest} onClick=${() => model.shiftDay(true)}>
        →
      </button>
    </nav>
  </header>`;
}
