// A table of all nodes by kind, with state, reason and metrics.

import { html } from 'htm/preact';
import type { GraphNode } from '../../../api.ts';
import type { Console } from '../start.ts';
import { rateText, State } from '../states.ts';
import { number, say } from '../words.ts';

/** In the order of the frames' path; kinds of third parties come last, by name. */
const KINDS = [
  'source',
  'transform',
  'cache',
  'store',
  'retain',
  'http',
  'mqtt',
  'upload',
  'service',
  'registry',
  'reading',
];

const rank = (kind: string): number => (KINDS.includes(kind) ? KINDS.indexOf(kind) : KINDS.length);

export function NodeTable({ nodes, site }: { readonly nodes: readonly GraphNode[]; readonly site: Console }) {
  const kinds = [...new Set(nodes.map(({ kind }) => kind))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return html`<section class="panel" aria-labelledby="nodes">
    <h2 id="nodes">${say('graph.nodes')}</h2>
    <table class="nodes">
      <thead>
        <tr>
          <th scope="col">${say('node')}</th>
          <th scope="col">${say('state')}</th>
          <th scope="col" class="number">${say('rate.title')}</th>
          <th scope="col" class="number wide">${say('frames.in')}</th>
          <th scope="col" class="number wide">${say('frames.out')}</th>
          <th scope="col" class="number wide">${say('skipped.title')}</th>
        </tr>
      </thead>
      ${kinds.map(
        (kind) => html`<tbody key=${kind}>
          <tr class="kind"><th scope="rowgroup" colspan="6">${kind}</th></tr>
          ${nodes.filter((node) => node.kind === kind).map((node) => html`<${Row} key=${node.id} node=${node} site=${site} />`)}
        </tbody>`,
      )}
    </table>
  </section>`;
}

function Row({ node, site }: { readonly node: GraphNode; readonly site: Console }) {
  const { id, use, state, rate, framesIn, framesOut, skipped } = node;
  return html`<tr>
    <th scope="row"><a href=${site.href('node', { id })}>${id}</a> <span class="use">${use}</span></th>
    <td>
      <${State} is=${state.is} />
      ${'why' in state && html`<p class="why hint" lang="en">${state.why}</p>`}
    </td>
    <td class="number">${rate > 0 ? rateText(rate) : ''}</td>
    <td class="number wide">${shown(framesIn)}</td>
    <td class="number wide">${shown(framesOut)}</td>
    <td class="number wide">${shown(skipped)}</td>
  </tr>`;
}

/** Empty for a node without frames. */
const shown = (frames: number): string => (frames > 0 ? number(frames) : '');
