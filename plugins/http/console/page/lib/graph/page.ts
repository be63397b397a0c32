// The page Graph: the pipeline as a drawing, and a table of all nodes by kind.

import { html } from 'htm/preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Graph, GraphNode } from '../../../api.ts';
import { useLive } from '../live.ts';
import type { Console } from '../start.ts';
import { durationText } from '../states.ts';
import { count, say } from '../words.ts';
import { Picture } from './picture.ts';
import { NodeTable } from './table.ts';

export function GraphPage({ site }: { readonly site: Console }) {
  const { api } = site;
  const [graph, setGraph] = useState<Graph>();
  const load = (): void => void site.attempt(async () => setGraph(await api.get<Graph>('graph')));
  useEffect(load, []);
  const live = useLive(site, {
    onReload() {
      load();
      site.notify(say('reloaded'));
    },
  });
  const nodes = useMemo(
    () => graph?.nodes.map((node): GraphNode => ({ ...node, ...live.nodes.get(node.id) })) ?? [],
    [graph, live],
  );
  if (!graph) return html`<p class="plain">${say('loading')}</p>`;
  const sick = nodes.filter(({ state }) => state.is === 'failed' || state.is === 'degraded').length;
  const now = Math.max(live.now, graph.now);
  return html`
    <div class="title">
      <h1>${graph.profile}</h1>
      <p class="hint">
        ${sick === 0 ? say('graph.healthy', { count: nodes.length }) : say('graph.sick', { count: nodes.length, healthy: nodes.length - sick })}
        ${' · '}${say('graph.up', { time: durationText(now - graph.startedAt) })}
        ${graph.reloads.count > 0 && ` · ${count('graph.reloads', graph.reloads.count)}`}
      </p>
    </div>
    ${!live.connected && html`<p class="lost">${say('error.lost')}</p>`}
    <${Picture} nodes=${nodes} edges=${graph.edges} site=${site} />
    <${NodeTable} nodes=${nodes} site=${site} />
  `;
}
