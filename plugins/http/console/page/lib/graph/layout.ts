// Arranges the nodes of the pipeline on a drawing: columns from sources to consumers, or rows on a narrow screen. Pure.

import { Graph, layout } from '@dagrejs/dagre';

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** Position of the text. */
  readonly middle: Point;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** The middle of each box. */
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

export const BOX = { width: 184, height: 58 } as const;
/** Size of an edge's text, which no box may cover. */
const TEXT = { width: 44, height: 16 } as const;
const GAP = { ranks: 60, rows: 40, nodes: 18, around: 4 } as const;

export function draw(
  ids: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
  narrow: boolean,
): Drawing {
  const graph = new Graph();
  graph.setGraph({
    rankdir: narrow ? 'TB' : 'LR',
    ranksep: narrow ? GAP.rows : GAP.ranks,
    nodesep: GAP.nodes,
    marginx: GAP.around,
    marginy: GAP.around,
  });
  for (const id of ids) graph.setNode(id, { ...BOX });
  for (const { from, to } of edges) graph.setEdge(from, to, { ...TEXT, labelpos: 'c' });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: ids.map((id) => {
      const { x = 0, y = 0 } = graph.node(id) as Partial<Point>;
      return { id, x, y };
    }),
    lines: (graph.edges() as readonly { v: string; w: string }[]).map(({ v, w }) => {
      const { points = [], x = 0, y = 0 } = graph.edge(v, w) as { points?: Point[]; x?: number; y?: number };
      return { from: v, to: w, points, middle: { x, y } };
    }),
  };
}

/** A smooth line through the points, as the `d` of an SVG path. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const parts = [`M${text(first)}`];
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    parts.push(next ? `Q${text(point)} ${text(middle(point, next))}` : `L${text(point)}`);
  });
  return parts.join('');
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const text = ({ x, y }: Point): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
