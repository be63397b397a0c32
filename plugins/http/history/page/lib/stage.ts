// The current picture at the largest size that fits, or a message when there is none.

import { html } from 'htm/preact';
import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { pictureUrl } from './api.ts';
import { clockText, dayText } from './day.ts';
import type { Model } from './model.ts';
import { words } from './words.ts';

interface StageProps {
  readonly model: Model;
  readonly stage: RefObject<HTMLDivElement>;
}

export function Stage({ model, stage }: StageProps) {
  const { is, shown, bounds, camera, trouble } = model.state();
  const [broken, setBroken] = useState<string>();
  const range = model.range();

  const noticeText = (): string | undefined => {
    if (is === 'nothing') return words.nothing;
    if (is === 'empty' && !range) return words.nothingOf(camera);
    if (is === 'empty') return words.nothingFrom(dayText(bounds.from));
    if (!shown) return trouble === undefined ? words.loading : words.noPicture;
    return broken === shown.id ? words.gone : undefined;
  };
  const notice = noticeText();
  const newest = is === 'empty' ? range?.newest : undefined;
  return html`<div class="picture" ref=${stage} data-state=${is}>
    ${
      shown &&
      html`<img
        id="picture"
        src=${pictureUrl(shown.id)}
        alt="${model.name()}, ${dayText(shown.timestamp)}, ${clockText(shown.timestamp)}"
        hidden=${broken === shown.id}
        onError=${() => setBroken(shown.id)}
      />`
    }
    ${
      notice !== undefined &&
      html`<p class="notice">
        ${notice}
        ${newest && html` <button type="button" onClick=${() => model.openCamera(camera)}>${words.showNewest}</button>`}
      </p>`
    }
  </div>`;
}
