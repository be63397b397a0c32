// `camd token ID`: the token of a camera for the camera servers that derive it from the id and a shared secret.

import { CAMERA_ID } from '../../core/base/formats.ts';
import { type Command, EXIT, UsageError } from '../../core/cli/command.ts';
import { cameraToken } from '../kit/ingest/camera-token.ts';

const SECRET = 'CAMERA_TOKEN_SECRET';

const token: Command = {
  name: 'token',
  summary: 'Print the token of a camera, derived from its id and a secret',
  usage: ['token [--hmac] ID'],
  details: `The secret is read from the environment variable ${SECRET}, so that it appears in no process list and no shell history.
Without --hmac it is the plain SHA-256 that existing camera servers use (token: derived); with it, an HMAC (token: hmac).`,
  options: { hmac: { type: 'boolean', description: 'for registries with "token: hmac"; the id may be any camera id' } },
  words: { least: 1, most: 1 },

  async run(io, args) {
    const id = args.positionals[0] ?? '';
    const form = args.on('hmac') ? 'hmac' : 'derived';
    if (form === 'hmac' && !CAMERA_ID.test(id)) throw new UsageError(`camd token: "${id}" is not a camera id`);
    if (form === 'derived' && !/^(0|-?[1-9]\d*)$/.test(id))
      throw new UsageError(`camd token: the id must be a whole number, not "${id}"; for other ids use --hmac`);
    const secret = io.env[SECRET];
    if (secret === undefined || secret === '')
      throw new UsageError(`camd token: ${SECRET} is not set in the environment`);
    io.out(`${cameraToken(form, id, secret)}\n`);
    return EXIT.ok;
  },
};

export default token;
