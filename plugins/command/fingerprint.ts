// `camd fingerprint`: prints a random fingerprint for a camera in Prusa Connect.

import { randomBytes } from 'node:crypto';
import { type Command, EXIT } from '../../core/cli/command.ts';

/** 40 characters: within the 16 to 64 that the service accepts, with 160 random bits. */
const BYTES = 20;

const fingerprint: Command = {
  name: 'fingerprint',
  summary: 'Print a new random fingerprint for Prusa Connect',
  usage: ['fingerprint'],
  details:
    'Prusa Connect identifies a camera by its fingerprint. Create one per camera and keep it: Prusa Connect refuses\na token that it has seen with another fingerprint.',
  options: {},
  words: { least: 0, most: 0 },

  async run(io) {
    io.out(`${randomBytes(BYTES).toString('hex')}\n`);
    return EXIT.ok;
  },
};

export default fingerprint;
