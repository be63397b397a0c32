// `camd graph P`: prints the pipeline as a Mermaid, Graphviz or text diagram.

import type { Command } from '../../../core/cli/command.ts';
import { CONFIG, readGood, SET } from '../../../core/cli/reading.ts';
import { oneProfile, sourceOf } from '../../kit/command/profile-source.ts';
import { dot } from './dot.ts';
import { mermaid } from './mermaid.ts';
import { pictureOf } from './picture.ts';
import { tree } from './tree.ts';

const RENDERERS = { mermaid, dot, text: tree } as const;

const graph: Command = {
  name: 'graph',
  summary: 'Print a diagram of a pipeline',
  usage: ['graph [--format text|mermaid|dot] [--set PATH=VALUE]... PROFILE'],
  details: 'Solid arrows show the path of the frames; dashed arrows point from a node to a node that it uses.',
  options: {
    format: {
      type: 'string',
      choices: ['text', 'mermaid', 'dot'],
      default: 'text',
      description: 'the diagram language',
    },
    config: CONFIG,
    set: SET,
  },
  words: { least: 0, most: 1 },

  async run(io, args) {
    const result = await readGood(io, await sourceOf(io, args, oneProfile('graph', args)));
    if (!result.profile) return result.code;
    const picture = pictureOf(result.profile.nodes.values());
    const format = args.text('format');
    io.out(RENDERERS[format === 'mermaid' || format === 'dot' ? format : 'text'](picture));
    return 0;
  },
};

export default graph;
