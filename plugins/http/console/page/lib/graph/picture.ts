// The pipeline as a drawing: boxes for nodes, lines for references, and rates on the lines that carry frames.

import { html } from 'htm/preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { GraphEdge, GraphNode } from '../../../api.ts';
import type { Console } from '../start.ts';
import { rateText } from '../states.ts';
import { count, say } from '../words.ts';
import { BOX, draw, pathOf } from './layout.ts';

interface PictureProps {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly site: Console;
}

/** A narrower screen shows the drawing from top to bottom. */
const NARROW = '(max-width: 48rem)';
const LETTERS = { id: 20, use: 25 };

function useNarrow(): boolean {
  const query = useMemo(() => matchMedia(NARROW), []);
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const look = (): void => setNarrow(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return narrow;
}

const shorten = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function Picture({ nodes, edges, site }: PictureProps) {
  const narrow = useNarrow();
  const { width, height, boxes, lines } = useMemo(
    () =>
      draw(
        nodes.map(({ id }) => id),
        edges,
        narrow,
      ),
    [edges, narrow],
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const carries = (from: string, to: string): boolean =>
    edges.some((edge) => edge.from === from && edge.to === to && edge.frames);
  return html`<section class="drawing" aria-label=${say('graph.drawing')} tabindex="0">
    <svg width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${say('graph.drawing')}>
      ${lines.map(({ from, to, points, middle }) => {
        const frames = carries(from, to);
        const rate = byId.get(from)?.rate ?? 0;
        return html`<g key=${`${from} ${to}`} class=${frames ? 'edge frames' : 'edge'} aria-hidden="true">
          <path d=${pathOf(points)} />
          ${frames && rate > 0 && html`<text x=${middle.x} y=${middle.y + 4}>${rateText(rate)}</text>`}
        </g>`;
      })}
      ${boxes.map(({ id, x, y }) => {
        const node = byId.get(id);
        return node && html`<${Box} key=${id} node=${node} x=${x} y=${y} href=${site.href('node', { id })} />`;
      })}
    </svg>
  </section>`;
}

interface BoxProps {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly href: string;
}

function Box({ node, x, y, href }: BoxProps) {
  const { id, use, state, rate, skipped } = node;
  const left = x - BOX.width / 2;
  const top = y - BOX.height / 2;
  const skips = skipped > 0 ? count('skipped', skipped) : '';
  const label = [id, use, say(`state.${state.is}`), ...(rate > 0 ? [rateText(rate)] : []), ...(skips ? [skips] : [])];
  return html`<a href=${href} class="box" data-state=${state.is} data-kind=${node.kind}>
    <title>${'why' in state ? `${label.join(', ')}: ${state.why}` : label.join(', ')}</title>
    <rect x=${left} y=${top} width=${BOX.width} height=${BOX.height} rx="9" />
    <g transform=${`translate(${left + 18} ${top + 21})`}><${Mark} is=${state.is} /></g>
    <text class="id" x=${left + 32} y=${top + 25}>${shorten(id, LETTERS.id)}</text>
    <text class="use" x=${left + 13} y=${top + 44}>${shorten(skips ? `${use} · ${skips}` : use, LETTERS.use)}</text>
  </a>`;
}

/** Full, half, ring or bar: the state is visible without colour. */
function Mark({ is }: { readonly is: GraphNode['state']['is'] }) {
  if (is === 'failed') return html`<path class="mark" d="M-5 0H5" stroke-width="4" />`;
  return html`<circle class="mark" r="4.5" />${is === 'degraded' && html`<path class="half" d="M-4.5 0A4.5 4.5 0 0 1 4.5 0Z" />`}`;
}
