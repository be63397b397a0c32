// The view of the whole page: heading, picture, time line and thumbnail strip.

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useChanges } from '../../../../kit/page/shared/changes.ts';
import { toggleFullScreen } from '../../../../kit/page/shared/full-screen.ts';
import { useZoom } from '../../../../kit/page/shared/zoom.ts';
import { Bar } from './bar.ts';
import { Grid } from './grid.ts';
import { Heading } from './heading.ts';
import type { Model } from './model.ts';
import type { Player } from './player.ts';
import { RangePanel } from './range.ts';
import { Stage } from './stage.ts';
import { Strip } from './strip.ts';
import { TimeLine } from './time-line.ts';
import { words } from './words.ts';

export interface ViewProps {
  readonly model: Model;
  readonly player: Player;
}

/** Elements that handle keys themselves. */
const BUSY = 'select, input, video, [role=slider], [role=dialog]';

export function App({ model, player }: ViewProps) {
  useChanges(model.subscribe, player.subscribe);
  const stage = useRef<HTMLDivElement>(null);
  const fullscreen = (): void => toggleFullScreen(stage.current);
  const { is, trouble, news, cameras, camera, selection } = model.state();
  const [isGrid, setGrid] = useState(false);
  const zoom = useZoom(stage, camera);
  const closeGrid = (): void => {
    setGrid(false);
    document.getElementById('grid-button')?.focus();
  };

  useEffect(() => {
    document.title = model.name() === '' ? words.history : words.titleOf(model.name());
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (target instanceof Element && target.closest(BUSY)) return;
      if (key === 'ArrowLeft' || key === 'ArrowRight') void model.step(key === 'ArrowRight');
      else if (key === 'f') fullscreen();
      else if (!zoom.key(key)) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const again = (): void => {
    if (cameras.length === 0) void model.open();
    else model.openDay(model.state().day);
  };
  return html`<div class="page history">
    <main>
      <section class="single" aria-labelledby="name">
        <${Heading} model=${model} />
        ${
          trouble !== undefined &&
          html`<p class="lost">${words.notReadable} ${trouble} <button type="button" onClick=${again}>${words.tryAgain}</button></p>`
        }
        ${isGrid && html`<${Grid} model=${model} close=${closeGrid} />`}
        <div class="stage" hidden=${isGrid}><${Stage} model=${model} stage=${stage} /></div>
        ${
          is !== 'nothing' &&
          html`<${Bar} model=${model} player=${player} fullscreen=${fullscreen} isGrid=${isGrid} toggleGrid=${() => setGrid(!isGrid)} />
            <${TimeLine} model=${model} />
            ${selection && html`<${RangePanel} model=${model} />`}
            <${Strip} model=${model} />`
        }
      </section>
    </main>
    <p class="hidden" role="status">${news}</p>
  </div>`;
}
