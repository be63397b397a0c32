// The current metrics of a node: frames, bytes, restarts, and its own metrics.

import { html } from 'htm/preact';
import type { NodeDetail, NodeStatusLine } from '../../../api.ts';
import { rateText, sizeText } from '../states.ts';
import { number, say } from '../words.ts';

export function Figures({ detail, status }: { readonly detail: NodeDetail; readonly status: NodeStatusLine }) {
  const { rate, framesIn, framesOut, bytesOut, skipped, refused, restarts } = status;
  const own = Object.entries(detail.metrics);
  const rows: readonly (readonly [string, string])[] = [
    ...(rate > 0 ? [[say('rate.title'), rateText(rate)] as const] : []),
    [say('frames.in'), number(framesIn)],
    [say('frames.out'), number(framesOut)],
    [say('bytes.out'), sizeText(bytesOut)],
    [say('skipped.title'), number(skipped)],
    ...(refused > 0 ? [[say('refused'), number(refused)] as const] : []),
    [say('restarts'), number(restarts)],
    ...own.map(([name, value]) => [name.replaceAll('_', ' '), number(value, 2)] as const),
  ];
  return html`<section class="panel" aria-labelledby="figures">
    <h2 id="figures">${say('node.figures')}</h2>
    <dl class="figures">
      ${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  </section>`;
}
