// Renders a pipeline diagram as a Mermaid flowchart, as GitHub displays it. Pure.

import type { Edge, Picture, PictureNode } from './picture.ts';

const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  source: ['([', '])'],
  cache: ['[(', ')]'],
  store: ['[(', ')]'],
  mqtt: ['{{', '}}'],
  nats: ['{{', '}}'],
};

export function mermaid({ nodes, frames, uses }: Picture): string {
  // Node ids may be reserved words of Mermaid ("end", "style"), so nodes are numbered instead.
  const names = new Map(nodes.map(({ id }, index) => [id, `n${index + 1}`]));
  const name = (id: string) => names.get(id) ?? 'n0';
  const label = ({ option }: Edge) => (option === 'from' ? '' : `|${text(option)}|`);
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${name(node.id)}${shape(node)}`),
    ...frames.map((edge) => `  ${name(edge.from)} -->${label(edge)} ${name(edge.to)}`),
    ...uses.map((edge) => `  ${name(edge.from)} -.->${label(edge)} ${name(edge.to)}`),
    '',
  ].join('\n');
}

function shape({ id, use, kind, notes }: PictureNode): string {
  const [open, close] = SHAPES[kind] ?? ['[', ']'];
  const lines = [`<b>${text(id)}</b>`, text(use), ...notes.map(text)];
  return `${open}"${lines.join('<br>')}"${close}`;
}

/** Mermaid's own entities: a quote would end a label, and angle brackets would be markup. */
const text = (raw: string) => raw.replace(/[#"<>&{}|]/g, (character) => `#${character.codePointAt(0)};`);
