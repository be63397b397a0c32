// Renders a pipeline diagram as a text tree: first each source with its consumers, then the other references. Pure.

import type { Picture, PictureNode } from './picture.ts';

export function tree({ nodes, frames, uses }: Picture): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const reached = new Map(nodes.map(({ id }) => [id, frames.filter(({ from }) => from === id).map(({ to }) => to)]));
  const fed = new Set(frames.map(({ to }) => to));
  const drawn = new Set<string>();
  const lines: string[] = [];

  const line = ({ id, use, notes }: PictureNode) => {
    const needs = uses.filter(({ from }) => from === id).map(({ option, to }) => `${option} ${to}`);
    return [`${id}  ${use}`, ...needs, ...notes].join('  ');
  };
  const draw = (id: string, first: string, further: string): void => {
    const node = byId.get(id);
    if (!node) return;
    const children = [...new Set(reached.get(id))];
    // A node with several producers is expanded under the first of them.
    if (drawn.has(id) && children.length > 0) {
      lines.push(`${first}${id}  (above)`);
      return;
    }
    drawn.add(id);
    lines.push(`${first}${line(node)}`);
    children.forEach((child, index) => {
      const last = index === children.length - 1;
      draw(child, `${further}${last ? '└─ ' : '├─ '}`, `${further}${last ? '   ' : '│  '}`);
    });
  };

  const roots = nodes.filter(({ id }) => !fed.has(id));
  for (const { id } of roots.filter(({ id }) => reached.get(id)?.length)) draw(id, '', '');
  const alone = roots.filter(({ id }) => !reached.get(id)?.length);
  if (alone.length > 0 && lines.length > 0) lines.push('');
  for (const { id } of alone) draw(id, '', '');
  return `${lines.join('\n')}\n`;
}
