// The effect of a planned or completed reload: one sentence, the nodes, and the values that differ.

import { html } from 'htm/preact';
import type { Plan as ReloadPlan, ValueLine } from '../../api.ts';
import { count, number, say } from './words.ts';

/** "replaced gate, kept 7 nodes, 0 streams cut" */
export function planText({ added, removed, replaced, relinked, kept, cut }: ReloadPlan): string {
  const named = (
    [
      ['plan.added', added],
      ['plan.removed', removed],
      ['plan.replaced', replaced],
      ['plan.relinked', relinked],
    ] as const
  ).flatMap(([word, ids]) => (ids.length > 0 ? [say(word, { nodes: namesOf(ids) })] : []));
  return [...named, count('plan.kept', kept.length), count('plan.cut', cut)].join(', ');
}

const MOST_NAMES = 4;
const namesOf = (ids: readonly string[]): string =>
  ids.length <= MOST_NAMES
    ? ids.join(', ')
    : `${ids.slice(0, MOST_NAMES - 1).join(', ')} ${say('plan.more', { count: number(ids.length - MOST_NAMES + 1) })}`;

export function Plan({ plan, changed }: { readonly plan: ReloadPlan; readonly changed: boolean }) {
  const { values, cut, cutNodes } = plan;
  return html`<section class="panel plan" aria-labelledby="plan" data-cut=${cut}>
    <h2 id="plan">${say('plan')}</h2>
    <p class="plan-text">${changed ? planText(plan) : say('plan.nothing')}</p>
    ${cut > 0 && html`<p class="lost">${say('plan.cuts', { nodes: namesOf(cutNodes) })}</p>`}
    ${changed && values.length > 0 && html`<${Values} values=${values} />`}
  </section>`;
}

export function Values({ values }: { readonly values: readonly ValueLine[] }) {
  return html`<ul class="values">
    ${values.map(
      ({ node, path, before, after }, index) => html`<li key=${index}>
        <code>${[node, path].filter((part) => part !== undefined && part !== '').join('.')}</code>
        <span class="value-change">
          ${before === undefined ? html`<span class="hint">${say('plan.unset')}</span>` : html`<del>${before}</del>`}
          <span aria-hidden="true"> → </span>
          ${after === undefined ? html`<span class="hint">${say('plan.unset')}</span>` : html`<ins>${after}</ins>`}
        </span>
      </li>`,
    )}
  </ul>`;
}
