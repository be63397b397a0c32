// `camd token ID`: prints the token of a camera that is derived from its id and a shared secret.

import { createHash } from 'node:crypto';
import { type Command, EXIT, UsageError } from './command.ts';

const SECRET = 'CAMERA_TOKEN_SECRET';

/** Lower-case hex SHA-256 of the decimal id and the secret, both UTF-8, one after the other. */
export const cameraToken = (id: string, secret: string): string =>
  createHash('sha256').update(id, 'utf8').update(secret, 'utf8').digest('hex');

const token: Command = {
  name: 'token',
  summary: 'Print the token of a camera, derived from its id and a secret',
  usage: ['token ID'],
  details: `The secret comes from the environment variable ${SECRET}, so that no process list and no shell history shows it.`,
  options: {},
  words: { least: 1, most: 1 },

  async run(io, args) {
    const id = args.positionals[0] ?? '';
    if (!/^(0|-?[1-9]\d*)$/.test(id)) throw new UsageError(`camd token: the id must be a whole number, not "${id}"`);
    const secret = io.env[SECRET];
    if (secret === undefined || secret === '')
      throw new UsageError(`camd token: ${SECRET} is not set in the environment`);
    io.out(`${cameraToken(id, secret)}\n`);
    return EXIT.ok;
  },
};

export default token;
