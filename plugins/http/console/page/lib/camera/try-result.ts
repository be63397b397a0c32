// The result of a camera test: the first picture with measurements, or the reason why there is none.

import { html } from 'htm/preact';
import type { Tried } from '../../../api.ts';
import { durationText, rateText, sizeText } from '../states.ts';
import { say } from '../words.ts';

export function TryResult({ tried }: { readonly tried: Tried }) {
  const { picture, firstMs, rate, bytesPerSecond, why, problems } = tried;
  const facts = [
    ...(picture ? [`${picture.width} × ${picture.height}`, sizeText(picture.size)] : []),
    ...(firstMs === undefined ? [] : [say('camera.first', { time: durationText(firstMs) })]),
    ...(rate === undefined ? [] : [rateText(rate)]),
    ...(bytesPerSecond === undefined ? [] : [say('per-second', { title: sizeText(bytesPerSecond) })]),
  ];
  return html`<div class="tried">
    ${picture && html`<img src=${picture.data} width=${picture.width} height=${picture.height} alt=${say('camera.picture')} />`}
    ${facts.length > 0 && html`<p class="hint">${facts.join(' · ')}</p>`}
    ${why !== undefined && html`<p class="lost" lang="en">${why}</p>`}
    ${problems.map(({ message }, index) => html`<p key=${index} class="why" lang="en">${message}</p>`)}
  </div>`;
}
