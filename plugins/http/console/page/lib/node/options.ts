// The resolved options of a node, each with its line in the file. The daemon has masked secrets.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { NodeDetail, OptionValueLine } from '../../../api.ts';
import type { Console } from '../start.ts';
import { placeText } from '../states.ts';
import { count, say } from '../words.ts';

export function Options({ detail, site }: { readonly detail: NodeDetail; readonly site: Console }) {
  const [all, setAll] = useState(false);
  const set = detail.options.filter(({ isDefault }) => !isDefault);
  const defaults = detail.options.length - set.length;
  const shown = all ? detail.options : set;
  return html`<section class="panel wide-panel" aria-labelledby="options">
    <div class="title">
      <h2 id="options">${say('node.options')}</h2>
      ${
        defaults > 0 &&
        html`<button type="button" aria-pressed=${all} onClick=${() => setAll(!all)}>${count('node.defaults', defaults)}</button>`
      }
    </div>
    ${
      shown.length === 0
        ? html`<p class="hint">${say('node.no-options')}</p>`
        : html`<table class="options">
            <thead>
              <tr>
                <th scope="col">${say('option')}</th>
                <th scope="col">${say('value')}</th>
                <th scope="col">${say('place')}</th>
              </tr>
            </thead>
            <tbody>${shown.map((line) => html`<${Row} key=${line.path} line=${line} site=${site} />`)}</tbody>
          </table>`
    }
  </section>`;
}

function Row({ line, site }: { readonly line: OptionValueLine; readonly site: Console }) {
  const { path, value, written, secret, isDefault, place, description } = line;
  const where = place && placeText(place);
  return html`<tr>
    <th scope="row"><code>${path}</code><p class="hint" lang="en">${firstSentence(description)}</p></th>
    <td>
      <code class="value">${value}</code>
      ${secret && html` <span class="hint">${say('secret')}</span>`}
      ${written !== undefined && html`<p class="hint">${say('written')} <code>${written}</code></p>`}
    </td>
    <td>
      ${isDefault && html`<span class="hint">${say('default')}</span>`}
      ${
        place &&
        (site.may('edit')
          ? html`<a class="mono place" href=${site.href('profile', { file: place.file, line: String(place.line) })}>${where}</a>`
          : html`<code class="place">${where}</code>`)
      }
    </td>
  </tr>`;
}

const firstSentence = (text: string): string => /^.*?[.)](?=\s|$)/s.exec(text)?.[0] ?? text;
