// The view of the whole page: title, current problem, and one of the two views.

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useChanges } from '../../../../kit/page/shared/changes.ts';
import { toggleFullScreen } from '../../../../kit/page/shared/full-screen.ts';
import { ArrangeBar } from './arrange.ts';
import { Grid, type ViewProps } from './grid.ts';
import { arranged } from './preferences.ts';
import { useSeconds } from './screen.ts';
import { Single } from './single.ts';
import { summary, words } from './words.ts';

export function App(props: ViewProps) {
  const { model, place, preferences } = props;
  useChanges(model.subscribe, place.subscribe, preferences.subscribe);
  useSeconds();
  const [isArranging, setArranging] = useState(false);
  const title = model.title();
  const all = model.cameras();
  const cameras = all && arranged(all, preferences.current());
  const link = model.link();
  const id = place.camera();
  const camera = all?.find((one) => one.id === id);

  const before = useRef(id);
  const from = before.current;
  const moved = useRef(false);
  if (from !== id) moved.current = true;
  useEffect(() => {
    before.current = id;
    place.name(title, camera?.name ?? id);
  });
  useEffect(() => {
    const onKey = ({ key, altKey, ctrlKey, metaKey, target }: KeyboardEvent): void => {
      if (key !== 'f' || altKey || ctrlKey || metaKey || place.camera() !== undefined) return;
      if (target instanceof Element && target.closest('select, input')) return;
      toggleFullScreen(document.documentElement);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const view = () => {
    if (!all || !cameras) return html`<p class="plain">${link.is === 'lost' ? '' : words.connecting}</p>`;
    if (id !== undefined && camera) {
      const among = cameras.includes(camera) ? cameras : all;
      return html`<${Single} camera=${camera} cameras=${among} links=${model.links()} moved=${moved.current} ...${props} />`;
    }
    if (id !== undefined) {
      return html`<p class="plain">${words.cameraGone(id)} <a href=${place.href()}>${words.allCameras}</a></p>`;
    }
    if (all.length === 0) return html`<p class="plain">${words.noCamera}</p>`;
    if (cameras.length === 0) return html`<p class="plain">${words.allHidden}</p>`;
    return html`<${Grid} cameras=${cameras} links=${model.links()} from=${from} isArranging=${isArranging} ...${props} />`;
  };
  const isGrid = id === undefined && all !== undefined && all.length > 0;

  return html`
    <div class="page" data-link=${link.is}>
      ${
        !camera &&
        html`<header>
          <h1>${title}</h1>
          <p class="summary">${all ? summary(all, all.length - (cameras?.length ?? 0)) : ''}</p>
          ${
            isGrid &&
            html`<button id="arrange" type="button" aria-expanded=${String(isArranging)} onClick=${() => setArranging(!isArranging)}>
              ${isArranging ? words.done : words.arrange}
            </button>`
          }
        </header>`
      }
      <main>
        ${link.is === 'lost' && html`<p class="lost">${words.lost[link.why]}</p>`}
        ${isGrid && isArranging && html`<${ArrangeBar} cameras=${all} preferences=${preferences} />`}
        ${view()}
      </main>
      <p class="hidden" role="status">${model.news()}</p>
    </div>
  `;
}
