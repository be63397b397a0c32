// The view of the whole page: title, current problem, and one of the two views.

import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useChanges } from '../../../../kit/page/shared/changes.ts';
import { Grid, type ViewProps } from './grid.ts';
import type { Model } from './model.ts';
import { useSeconds } from './screen.ts';
import { Single } from './single.ts';
import { LOST, summary } from './words.ts';

export function App({ model, place, ...rest }: ViewProps & { readonly model: Model }) {
  useChanges(model.subscribe, place.subscribe);
  useSeconds();
  const props = { place, ...rest };
  const title = model.title();
  const cameras = model.cameras();
  const link = model.link();
  const id = place.camera();
  const camera = cameras?.find((one) => one.id === id);

  const before = useRef(id);
  const from = before.current;
  const moved = useRef(false);
  if (from !== id) moved.current = true;
  useEffect(() => {
    before.current = id;
    place.name(title, camera?.name ?? id);
  });

  const view = () => {
    if (!cameras) return html`<p class="plain">${link.is === 'lost' ? '' : 'Connecting…'}</p>`;
    if (id !== undefined && camera) {
      return html`<${Single} camera=${camera} cameras=${cameras} links=${model.links()} moved=${moved.current} ...${props} />`;
    }
    if (id !== undefined) {
      return html`<p class="plain">There is no camera “${id}” any more. <a href=${place.href()}>All cameras</a></p>`;
    }
    if (cameras.length === 0) return html`<p class="plain">No camera has been seen yet.</p>`;
    return html`<${Grid} cameras=${cameras} links=${model.links()} from=${from} ...${props} />`;
  };

  return html`
    <div class="page" data-link=${link.is}>
      ${
        !camera &&
        html`<header>
          <h1>${title}</h1>
          <p class="summary">${cameras ? summary(cameras) : ''}</p>
        </header>`
      }
      <main>
        ${link.is === 'lost' && html`<p class="lost">${LOST[link.why]}</p>`}
        ${view()}
      </main>
      <p class="hidden" role="status">${model.news()}</p>
    </div>
  `;
}
