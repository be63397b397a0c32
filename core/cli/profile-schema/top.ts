// The keys at the top of a profile, but for `pipeline`, as an editor knows them. Data only.

import type { Json } from './editor.ts';

const strings = (description: string): Json => ({ description, type: 'array', items: { type: 'string' } });

export const TOP: Readonly<Record<string, Json>> = {
  camd: { description: 'The version of the profile language.', const: 1 },
  vars: {
    description: 'Values to be used as ${var:NAME} in the profile.',
    type: 'object',
    additionalProperties: { type: ['string', 'number', 'boolean'] },
  },
  include: strings(
    'Profiles that are merged underneath this one. Maps merge, lists and scalars replace, null removes a node.',
  ),
  plugins: strings('Plugins that are not built in: npm packages, or local modules such as ./plugins/clock.mjs.'),
  watch: {
    description: 'Whether the profile is loaded anew when one of its files changes.',
    anyOf: [{ type: 'boolean' }, { type: 'string', pattern: '\\$\\{' }],
    default: false,
  },
  control: {
    description: 'The control socket, a path, for camd status, reload and tap; false for none.',
    anyOf: [{ type: 'string' }, { const: false }],
  },
  log: {
    description: 'What is logged, and how.',
    type: 'object',
    additionalProperties: false,
    properties: {
      level: {
        description: 'The least level that is written.',
        enum: ['debug', 'info', 'warn', 'error'],
        default: 'info',
      },
      format: {
        description: 'auto: pretty on a terminal, JSON elsewhere.',
        enum: ['auto', 'json', 'pretty'],
        default: 'auto',
      },
    },
  },
};
