// `camd print P`: prints the resolved profile with includes merged, defaults filled in and secrets masked.

import { stringify } from 'yaml';
import type { Command } from '../../core/cli/command.ts';
import { CONFIG, readGood, SET } from '../../core/cli/reading.ts';
import { maskedProfile } from '../../core/profile/show/print.ts';
import { oneProfile, sourceOf } from '../kit/command/profile-source.ts';

const print: Command = {
  name: 'print',
  summary: 'Print the resolved profile with secrets masked',
  usage: ['print [--format yaml|json] [--set PATH=VALUE]... PROFILE'],
  details:
    'The output has includes merged, variables replaced, and a default for every option that the profile leaves out.',
  options: {
    format: { type: 'string', choices: ['yaml', 'json'], default: 'yaml', description: 'the output format' },
    config: CONFIG,
    set: SET,
  },
  words: { least: 0, most: 1 },

  async run(io, args) {
    const result = await readGood(io, await sourceOf(io, args, oneProfile('print', args)));
    if (!result.profile) return result.code;
    const printed = maskedProfile(result.profile, result.catalog);
    const json = args.text('format') === 'json';
    io.out(json ? `${JSON.stringify(printed, undefined, 2)}\n` : stringify(printed, { lineWidth: 0 }));
    return 0;
  },
};

export default print;
