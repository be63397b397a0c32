// The bar for arranging the cameras, and the buttons on each tile while it is open.

import { html } from 'htm/preact';
import type { CameraCard } from '../../wire.ts';
import { MAX_COLUMNS, moved, type Preferences } from './preferences.ts';
import { words } from './words.ts';

interface BarProps {
  readonly cameras: readonly CameraCard[];
  readonly preferences: Preferences;
}

export function ArrangeBar({ cameras, preferences }: BarProps) {
  const { columns, hidden } = preferences.current();
  const onColumns = ({ currentTarget }: { currentTarget: HTMLSelectElement }): void =>
    preferences.set({ columns: Number(currentTarget.value) });
  const counts = Array.from({ length: MAX_COLUMNS }, (_, index) => index + 1);
  return html`<section class="arrange" aria-label=${words.arranging}>
    <label>
      ${words.columns}
      <select id="columns" onChange=${onColumns}>
        <option value="0" selected=${columns === 0}>${words.automatic}</option>
        ${counts.map((count) => html`<option value=${count} selected=${columns === count}>${count}</option>`)}
      </select>
    </label>
    ${cameras
      .filter(({ id }) => hidden.includes(id))
      .map(
        ({ id, name }) =>
          html`<button type="button" onClick=${() => preferences.set({ hidden: hidden.filter((one) => one !== id) })}>
            ${words.show(name)}
          </button>`,
      )}
    <button id="reset" type="button" onClick=${preferences.reset}>${words.reset}</button>
  </section>`;
}

interface ToolsProps {
  readonly camera: CameraCard;
  /** Ids in the order of the screen. */
  readonly shown: readonly string[];
  readonly preferences: Preferences;
  say(news: string): void;
}

/** Buttons and drag and drop for one tile. */
export function tileTools({ camera: { id, name }, shown, preferences, say }: ToolsProps) {
  const at = shown.indexOf(id);
  const move = (which: string, to: number): void => {
    preferences.set({ order: moved(shown, which, to) });
    say(words.moved(name, Math.max(0, Math.min(shown.length - 1, to)) + 1));
  };
  const hide = (): void => preferences.set({ hidden: [...preferences.current().hidden, id] });
  const drag = {
    draggable: true,
    onDragStart: ({ dataTransfer }: DragEvent) => dataTransfer?.setData('text/plain', id),
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      const dropped = event.dataTransfer?.getData('text/plain') ?? '';
      if (shown.includes(dropped) && dropped !== id) move(dropped, at);
    },
  };
  const buttons = html`<span class="tools">
    <button type="button" aria-label=${words.earlier(name)} disabled=${at === 0} onClick=${() => move(id, at - 1)}>←</button>
    <button type="button" aria-label=${words.later(name)} disabled=${at === shown.length - 1} onClick=${() => move(id, at + 1)}>→</button>
    <button type="button" aria-label=${words.hideCamera(name)} onClick=${hide}>${words.hide}</button>
  </span>`;
  return { drag, buttons };
}
