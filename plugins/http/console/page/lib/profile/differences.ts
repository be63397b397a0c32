// The buttons over the editor while it shows differences; they apply to the difference at the cursor.

import { html } from 'htm/preact';
import { say } from '../words.ts';
import type { Editor } from './editor.ts';

export function Differences({ editor }: { readonly editor: () => Editor | undefined }) {
  return html`<div class="buttons" role="group" aria-label=${say('merge.show')}>
    <button type="button" onClick=${() => editor()?.nextDifference()}>${say('merge.next')}</button>
    <button type="button" onClick=${() => editor()?.settle('keep')}>${say('merge.keep')}</button>
    <button type="button" onClick=${() => editor()?.settle('take')}>${say('merge.take')}</button>
  </div>`;
}
