// The view of the whole page: heading, picture, time line and thumbnail strip.

import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useChanges } from '../../../../kit/page/shared/changes.ts';
import { toggleFullScreen } from '../../../../kit/page/shared/full-screen.ts';
import { Bar } from './bar.ts';
import { Heading } from './heading.ts';
import type { Model } from './model.ts';
import type { Player } from './player.ts';
import { Stage } from './stage.ts';
import { Strip } from './strip.ts';
import { TimeLine } from './time-line.ts';

export interface ViewProps {
  readonly model: Model;
  readonly player: Player;
}

/** Elements that use keys themselves. */
const BUSY = 'select, input, [role=slider]';

export function App({ model, player }: ViewProps) {
  useChanges(model.subscribe, player.subscribe);
  const stage = useRef<HTMLDivElement>(null);
  const fullscreen = (): void => toggleFullScreen(stage.current);
  const { is, trouble, news, cameras } = model.state();

  useEffect(() => {
    document.title = model.name() === '' ? 'History' : `${model.name()} – History`;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (target instanceof Element && target.closest(BUSY)) return;
      if (key === 'ArrowLeft' || key === 'ArrowRight') void model.step(key === 'ArrowRight');
      else if (key === 'f') fullscreen();
      else return;
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
          html`<p class="lost">The history cannot be read now. ${trouble} <button type="button" onClick=${again}>Try again</button></p>`
        }
        <${Stage} model=${model} stage=${stage} />
        ${
          is !== 'nothing' &&
          html`<${Bar} model=${model} player=${player} fullscreen=${fullscreen} />
            <${TimeLine} model=${model} />
            <${Strip} model=${model} />`
        }
      </section>
    </main>
    <p class="hidden" role="status">${news}</p>
  </div>`;
}
