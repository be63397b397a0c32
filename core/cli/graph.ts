// `camd graph P`: prints the pipeline as a Mermaid, Graphviz or text diagram.

import type { Command } from './command.ts';
import { oneProfile } from './format.ts';
import { dot } from './graph/dot.ts';
import { mermaid } from './graph/mermaid.ts';
import { pictureOf } from './graph/picture.ts';
import { tree } from './graph/tree.ts';
import { CONFIG, readGood } from './reading.ts';

const RENDERERS = { mermaid, dot, text: tree } as const;

const graph: Command = {
  name: 'graph',
  summary: 'Draw the pipeline of a profile',
  usage: ['graph [--format text|mermaid|dot] PROFILE'],
  details: 'Solid arrows are the way of the frames; dashed ones lead from a node to what it stands on.',
  options: {
    format: {
      type: 'string',
      choices: ['text', 'mermaid', 'dot'],
      default: 'text',
      description: 'the language of the picture',
    },
    config: CONFIG,
  },
  words: { least: 0, most: 1 },

  async run(io, args) {
    const result = await readGood(io, oneProfile('graph', args));
    if (!result.profile) return result.code;
    const picture = pictureOf(result.profile.nodes.values());
    const format = args.text('format');
    io.out(RENDERERS[format === 'mermaid' || format === 'dot' ? format : 'text'](picture));
    return 0;
  },
};

export default graph;
