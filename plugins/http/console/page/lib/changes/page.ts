// The page Changes: the list of reloads with author, time and result, and one reload with differences and undo.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { ChangeDetail, ChangeLine } from '../../../api.ts';
import type { Console } from '../start.ts';
import { say, time } from '../words.ts';
import { Change } from './change.ts';

export function ChangesPage({ site }: { readonly site: Console }) {
  const [list, setList] = useState<readonly ChangeLine[]>();
  const [detail, setDetail] = useState<ChangeDetail>();
  /** True if the user has selected a change; then its heading gets the focus. */
  const [chosen, setChosen] = useState(false);
  const open = (id: string): Promise<void> =>
    site.attempt(async () => setDetail(await site.api.get<ChangeDetail>(`changes/${encodeURIComponent(id)}`)));
  const load = (): Promise<void> =>
    site.attempt(async () => {
      const next = await site.api.get<readonly ChangeLine[]>('changes');
      const sorted = [...next].sort((a, b) => b.at - a.at);
      setList(sorted);
      const wanted = new URLSearchParams(location.search).get('id') ?? sorted[0]?.id;
      if (wanted !== undefined) await open(wanted);
    });
  useEffect(() => void load(), []);
  if (!site.may('edit')) return html`<p class="plain">${say('may-not-edit')}</p>`;
  if (!list) return html`<p class="plain">${say('loading')}</p>`;
  return html`
    <h1>${say('nav.changes')}</h1>
    ${list.length === 0 && html`<p class="plain">${say('changes.none')}</p>`}
    <div class="split">
      <ul class="rows" aria-label=${say('nav.changes')}>
        ${list.map(
          (line) => html`<li key=${line.id}>
            <button type="button" class="row" aria-pressed=${line.id === detail?.id} onClick=${() => {
              setChosen(true);
              void open(line.id);
            }}>
              <span class="row-title">
                <span>${time(line.at)}</span>
                <span class=${line.ok ? 'ok' : 'refused'}>${say(line.ok ? 'changes.ok' : 'changes.refused')}</span>
              </span>
              <span lang="en">${line.summary}</span>
              <span class="hint" lang="en">${line.by}</span>
            </button>
          </li>`,
        )}
      </ul>
      ${detail && html`<${Change} key=${detail.id} detail=${detail} focus=${chosen} site=${site} onUndone=${() => void load()} />`}
    </div>
  `;
}
