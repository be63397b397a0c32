// One camera in the grid: picture, state, reason, and a link to its page.

import { html } from 'htm/preact';
import { ageText } from '../../../../kit/page/shared/age.ts';
import { type ScreenState, screenText } from '../../../../kit/page/shared/screen-states.ts';
import type { CameraCard } from '../../wire.ts';
import { tileTools } from './arrange.ts';
import { Corner } from './corner.ts';
import type { ViewProps } from './grid.ts';
import { useScreen } from './screen.ts';
import { notice, reasonOf, words } from './words.ts';

interface TileProps extends ViewProps {
  readonly camera: CameraCard;
  readonly screen: ScreenState | undefined;
  /** Ids in the order of the screen. */
  readonly shown: readonly string[];
  readonly isArranging: boolean;
}

export function Tile(props: TileProps) {
  const { camera, screen, shown, isArranging, model, place, pictures, watching, preferences } = props;
  const canvas = useScreen(camera.n, pictures, watching);
  const age = pictures.age(camera.n);
  const ageLabel = age === undefined ? undefined : ageText(age);
  const overlay = notice(camera.state, age !== undefined, model.link().is === 'lost');
  const reason = reasonOf(camera, ageLabel);
  const open = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    place.go(camera.id);
  };
  const content = html`<span class="picture">
      <canvas ref=${canvas} width="16" height="9" aria-hidden="true"></canvas>
      ${
        overlay &&
        html`<span class="notice" aria-hidden="true">
          ${overlay}${reason && html`<small lang=${reason.lang}>${reason.text}</small>`}
        </span>`
      }
      <${Corner} shown=${pictures.shown(camera.n)} quality=${model.quality()} />
    </span>
    <span class="caption">
      <span class="dot" aria-hidden="true"></span>
      <span class="name">${camera.name}</span>
      <span class="hidden">, ${words.state[camera.state]}, ${reason && html`<span lang=${reason.lang}>${reason.text}</span>`}</span>
      <span class="age">${ageLabel ?? ''}</span>
    </span>
    ${screen && html`<span class="screen">${screenText(screen, Date.now())}</span>`}`;
  if (!isArranging) {
    return html`<a class="tile" href=${place.href(camera.id)} data-state=${camera.state} onClick=${open}>${content}</a>`;
  }
  const { drag, buttons } = tileTools({ camera, shown, preferences, say: model.say });
  return html`<div class="tile" data-state=${camera.state} ...${drag}>${content}${buttons}</div>`;
}
