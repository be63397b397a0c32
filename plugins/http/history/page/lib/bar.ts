// The bar below the picture: stepping, playing, the time of the picture, and its actions.

import { html } from 'htm/preact';
import { fileName } from '../../../../kit/page/shared/save.ts';
import { pictureUrl } from './api.ts';
import type { ViewProps } from './app.ts';
import { clockText, dayText } from './day.ts';
import { SPEEDS } from './player.ts';
import { words } from './words.ts';

interface BarProps extends ViewProps {
  fullscreen(): void;
  readonly isGrid: boolean;
  toggleGrid(): void;
}

const icon = (path: string) =>
  html`<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${path} fill="currentColor" /></svg>`;
const PREVIOUS = 'M11 3 6 8l5 5z';
const NEXT = 'M5 3l5 5-5 5z';
const PLAY = 'M4 2.5v11l9-5.5z';
const PAUSE = 'M4 3h3v10H4zM9 3h3v10H9z';

export function Bar({ model, player, fullscreen, isGrid, toggleGrid }: BarProps) {
  const { shown, live, selection, view } = model.state();
  const toggleRange = (): void => {
    if (selection) model.deselect();
    else model.select(view);
  };
  const isPlaying = player.isPlaying();
  const onSpeed = ({ currentTarget }: { currentTarget: HTMLSelectElement }): void =>
    player.setSpeed(Number(currentTarget.value));
  return html`<div class="facts bar">
    <div class="steps" role="group" aria-label=${words.move}>
      <button id="previous" type="button" aria-label=${words.previousPicture} title=${words.previousPicture} disabled=${!shown} onClick=${() => model.step(false)}>
        ${icon(PREVIOUS)}
      </button>
      <button id="play" type="button" disabled=${!shown} onClick=${player.toggle}>
        ${icon(isPlaying ? PAUSE : PLAY)} ${isPlaying ? words.pause : words.play}
      </button>
      <button id="next" type="button" aria-label=${words.nextPicture} title=${words.nextPicture} disabled=${!shown} onClick=${() => model.step(true)}>
        ${icon(NEXT)}
      </button>
      <label>
        <span class="hidden">${words.speed}</span>
        <select id="speed" onChange=${onSpeed}>
          ${SPEEDS.map(([speed, text]) => html`<option value=${speed} selected=${speed === player.speed()}>${text}</option>`)}
        </select>
      </label>
    </div>
    ${
      shown &&
      html`<time id="time" datetime=${new Date(shown.timestamp).toISOString()}>
        <b>${clockText(shown.timestamp)}</b> <span class="date">${dayText(shown.timestamp)}</span>
      </time>`
    }
    <span class="actions">
      ${live !== undefined && html`<a href=${live}>${words.live}</a>`}
      ${shown && html`<a id="download" href=${pictureUrl(shown.id)} download=${fileName(model.name(), shown.timestamp, shown.id.endsWith('.png') ? 'image/png' : 'image/jpeg')}>${words.download}</a>`}
      <button id="grid-button" type="button" aria-expanded=${String(isGrid)} onClick=${toggleGrid}>${words.grid}</button>
      <button id="range-button" type="button" aria-expanded=${String(selection !== undefined)} onClick=${toggleRange}>${words.select}</button>
      <button type="button" title=${words.fullScreenHint} aria-keyshortcuts="f" onClick=${fullscreen}>${words.fullScreen}</button>
    </span>
  </div>`;
}
