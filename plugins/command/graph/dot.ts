// Renders a pipeline diagram in Graphviz's DOT language. Pure.

import type { Edge, Picture } from './picture.ts';

const SHAPES: Readonly<Record<string, string>> = {
  source: 'oval',
  cache: 'cylinder',
  store: 'cylinder',
  mqtt: 'hexagon',
  nats: 'hexagon',
};

export function dot({ nodes, frames, uses }: Picture): string {
  const label = ({ option }: Edge) => (option === 'from' ? [] : [`label=${quoted(option)}`]);
  const arrow = (edge: Edge, style: readonly string[]) => {
    const attributes = [...style, ...label(edge)];
    const tail = attributes.length > 0 ? ` [${attributes.join(', ')}]` : '';
    return `  ${quoted(edge.from)} -> ${quoted(edge.to)}${tail};`;
  };
  return [
    'digraph camd {',
    '  rankdir=LR;',
    '  node [shape=box, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...nodes.map(({ id, use, kind, notes }) => {
      const lines = [id, use, ...notes].map(escaped).join('\\n');
      return `  ${quoted(id)} [label="${lines}"${SHAPES[kind] ? `, shape=${SHAPES[kind]}` : ''}];`;
    }),
    ...frames.map((edge) => arrow(edge, [])),
    ...uses.map((edge) => arrow(edge, ['style=dashed'])),
    '}',
    '',
  ].join('\n');
}

const escaped = (raw: string) => raw.replace(/[\\"]/g, (character) => `\\${character}`);
const quoted = (raw: string) => `"${escaped(raw)}"`;
