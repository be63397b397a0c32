// The page Node: state, reason, options, metrics, log and pictures of a node.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { LogLine, NodeDetail, NodeStatusLine } from '../../../api.ts';
import { useLive } from '../live.ts';
import type { Console } from '../start.ts';
import { count, say } from '../words.ts';
import { Figures } from './figures.ts';
import { Head } from './head.ts';
import { keepLines, Log } from './log.ts';
import { Options } from './options.ts';
import { Plots } from './plots.ts';
import { Tap } from './tap.ts';

export function NodePage({ site }: { readonly site: Console }) {
  const { api } = site;
  const id = new URLSearchParams(location.search).get('id') ?? '';
  const path = `nodes/${encodeURIComponent(id)}`;
  const [detail, setDetail] = useState<NodeDetail>();
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const load = (): void => {
    void site.attempt(async () => {
      setDetail(await api.get<NodeDetail>(path));
      setLines(await api.get<readonly LogLine[]>(`${path}/log`));
    });
  };
  useEffect(() => {
    document.title = `${id} – ${document.title}`;
    load();
  }, []);
  const live = useLive(site, {
    log: id,
    onLog: (line) => setLines((last) => keepLines([...last, line])),
    onReload() {
      load();
      site.notify(say('reloaded'));
    },
  });
  if (!detail) return html`<p class="plain">${say('loading')}</p>`;
  const status: NodeStatusLine = live.nodes.get(id) ?? detail;
  return html`
    <${Head} detail=${detail} status=${status} now=${live.now} site=${site} />
    ${!live.connected && html`<p class="lost">${say('error.lost')}</p>`}
    <div class=${detail.taps ? 'columns' : 'columns single-column'}>
      ${detail.taps && html`<${Tap} detail=${detail} site=${site} />`}
      <div class="stack">
        <${Figures} detail=${detail} status=${status} />
        <${Neighbours} detail=${detail} site=${site} />
      </div>
      <${Plots} path=${path} site=${site} />
      <${Options} detail=${detail} site=${site} />
      <${Log} lines=${lines} />
    </div>
  `;
}

/** The edges of the node in both directions. */
function Neighbours({ detail, site }: { readonly detail: NodeDetail; readonly site: Console }) {
  const { id, edges } = detail;
  if (edges.length === 0) return null;
  return html`<section class="panel" aria-labelledby="edges">
    <h2 id="edges">${count('node.edges', edges.length)}</h2>
    <ul class="plain-list">
      ${edges.map((edge) => {
        const other = edge.from === id ? edge.to : edge.from;
        const text =
          edge.from === id ? say('node.used', { option: edge.option }) : say('node.uses', { option: edge.option });
        return html`<li key=${`${edge.from} ${edge.to} ${edge.option}`}>
          <a href=${site.href('node', { id: other })}>${other}</a> <span class="hint">${text}</span>
        </li>`;
      })}
    </ul>
  </section>`;
}
