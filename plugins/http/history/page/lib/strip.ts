// The strip of thumbnails around the current picture; one tab stop, arrow keys move within it.

import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Picture, thumbnailUrl } from './api.ts';
import { clockText } from './day.ts';
import type { Model } from './model.ts';
import { words } from './words.ts';

export function Strip({ model }: { readonly model: Model }) {
  const { shown } = model.state();
  const list = useRef<HTMLOListElement>(null);
  const pictures = model.around();

  useEffect(() => {
    const element = list.current;
    const current = element?.querySelector<HTMLElement>('[aria-current=true]');
    if (element && current) element.scrollLeft = current.offsetLeft - (element.clientWidth - current.offsetWidth) / 2;
  }, [shown?.id, pictures]);

  return html`<ol id="strip" class="strip" ref=${list} aria-label=${words.around}>
    ${(pictures.length > 0 || !shown ? pictures : [shown]).map(
      (picture) =>
        html`<li key=${picture.id}><${Small} model=${model} picture=${picture} isShown=${picture.id === shown?.id} /></li>`,
    )}
  </ol>`;
}

interface SmallProps {
  readonly model: Model;
  readonly picture: Picture;
  readonly isShown: boolean;
}

const Small = ({ model, picture, isShown }: SmallProps) =>
  html`<button
    type="button"
    tabindex=${isShown ? 0 : -1}
    aria-current=${String(isShown)}
    onClick=${() => model.show(picture)}
  >
    <img src=${thumbnailUrl(picture.id)} alt="" loading="lazy" />
    <span>${clockText(picture.timestamp)}</span>
  </button>`;
