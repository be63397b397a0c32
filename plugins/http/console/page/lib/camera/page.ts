// The page Add a camera: search, test with a picture, difference, and insertion.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { CameraDraft } from '../../../api.ts';
import type { Console } from '../start.ts';
import { say } from '../words.ts';
import { Draft } from './draft.ts';
import { Finder } from './finder.ts';

export function CameraPage({ site }: { readonly site: Console }) {
  const [draft, setDraft] = useState<CameraDraft>();
  if (!site.may('edit')) return html`<p class="plain">${say('may-not-edit')}</p>`;
  return html`
    <h1>${say('nav.camera')}</h1>
    <div class="split">
      <${Finder} site=${site} chosen=${draft} onChoose=${setDraft} />
      ${draft && html`<${Draft} key=${draft.id} draft=${draft} site=${site} onBack=${() => setDraft(undefined)} />`}
    </div>
  `;
}
