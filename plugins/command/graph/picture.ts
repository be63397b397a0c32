// The content of every pipeline diagram: the nodes, the frame paths, and the other references. Pure.

import type { NodeSpec } from '../../../core/profile/profile.ts';

export interface PictureNode {
  readonly id: string;
  readonly use: string;
  readonly kind: string;
  /** The paths and addresses of the node. */
  readonly notes: readonly string[];
}

export interface Edge {
  /** For frames: the producer. Otherwise: the node that uses the other. */
  readonly from: string;
  readonly to: string;
  /** The option that creates the edge. */
  readonly option: string;
}

export interface Picture {
  readonly nodes: readonly PictureNode[];
  /** In the direction of the frames. */
  readonly frames: readonly Edge[];
  /** From a node to the server, connection or registry that it uses. */
  readonly uses: readonly Edge[];
}

type Drawn = Pick<NodeSpec, 'id' | 'use' | 'references' | 'routes' | 'claims'>;

export function pictureOf(specs: Iterable<Drawn>): Picture {
  const nodes: PictureNode[] = [];
  const frames: Edge[] = [];
  const uses: Edge[] = [];
  for (const { id, use, references, routes, claims } of specs) {
    const addresses = claims.filter(({ kind }) => kind === 'address').map(({ name }) => name);
    nodes.push({ id, use, kind: use.split('/')[0] ?? use, notes: [...addresses, ...routes.map(({ path }) => path)] });
    for (const { option, to, ports } of references) {
      const carriesFrames = ports.includes('frames') || ports.includes('stills');
      for (const other of to) {
        if (carriesFrames) frames.push({ from: other, to: id, option });
        else uses.push({ from: id, to: other, option });
      }
    }
  }
  return { nodes, frames, uses };
}
