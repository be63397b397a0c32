// Shows the difference of two texts line by line.

import { html } from 'htm/preact';
import { diff } from '../../../../kit/page/shared/diff.ts';
import { say } from './words.ts';

interface TextDiffProps {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const SIGN = { same: ' ', gone: '−', new: '+', gap: ' ' } as const;

export function TextDiff({ name, before, after }: TextDiffProps) {
  return html`<h3 class="mono">${name}</h3>
    <div class="diff" tabindex="0" role="region" aria-label=${say('difference', { name })}>
      ${diff(before, after).map(
        ({ is, text }, index) => html`<div key=${index} class=${`line ${is}`}>
          <span aria-hidden="true">${SIGN[is]} </span>
          ${is === 'gone' && html`<span class="hidden">${say('diff.gone')}: </span>`}
          ${is === 'new' && html`<span class="hidden">${say('diff.new')}: </span>`}${text}
        </div>`,
      )}
    </div>`;
}
