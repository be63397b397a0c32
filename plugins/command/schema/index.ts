// `camd schema`: prints the JSON Schema of profiles for editors; --config adds the profile's own plugins.

import { type Command, EXIT } from '../../../core/cli/command.ts';
import { CONFIG } from '../../../core/cli/reading.ts';
import { catalogFor } from '../../kit/command/catalog.ts';
import { profileSchema } from './build.ts';

const schema: Command = {
  name: 'schema',
  summary: 'Print the JSON Schema of profiles, for editors',
  usage: ['schema [--config PROFILE]'],
  details:
    'Save it, and refer to it in the first line of a profile:\n  # yaml-language-server: $schema=./profile.schema.json\n--config adds the third-party plugins of a profile.',
  options: { config: { ...CONFIG, description: 'a profile whose third-party plugins to include' } },
  words: { least: 0, most: 0 },

  async run(io, args) {
    const catalog = await catalogFor(io, args.text('config'));
    const schemas = catalog.entries.map(({ use }) => catalog.schema(use)).filter((found) => found !== undefined);
    io.out(`${JSON.stringify(profileSchema(catalog.base.schema(), schemas), undefined, 2)}\n`);
    return EXIT.ok;
  },
};

export default schema;
