// The label in the corner of a picture that is reduced, or that comes at a reduced rate.

import { html } from 'htm/preact';
import type { Quality } from './model.ts';
import type { Shown } from './pictures.ts';
import { rateText, sizeText, words } from './words.ts';

interface CornerProps {
  readonly shown: Shown | undefined;
  readonly quality: Quality;
}

/** "20 KB × 5 fps", with the reason as a tooltip. */
export function Corner({ shown, quality }: CornerProps) {
  if (!shown || (shown.reduced === 0 && quality.level === 0)) return null;
  const why = shown.reduced > 0 ? (quality.level > 0 ? words.reduced : words.saving) : words.fewer;
  if (shown.reduced === 0 && quality.encoder) return null;
  const rate = shown.rate > 0 ? ` × ${rateText(shown.rate)}` : '';
  return html`<span class="corner" title=${why} data-class=${shown.reduced}>
    ${sizeText(shown.bytes)}${rate}<span class="hidden">. ${why}</span>
  </span>`;
}
