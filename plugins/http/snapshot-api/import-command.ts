// `camd import snapshot-server config.json`: prints a profile that replaces a Snapshot Server with this configuration.

import { readFile, stat } from 'node:fs/promises';
import { misuse, type StandaloneCommand } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { profileOf } from './import.ts';

/** Most bytes of a configuration, which has a few hundred bytes per camera. */
export const MAX_CONFIG = 1024 * 1024;

const command: StandaloneCommand = {
  summary: 'Print the profile that replaces a Snapshot Server, from its config.json',
  usage: 'import snapshot-server CONFIG.JSON',

  async run([kind, path, ...more]) {
    if (kind !== 'snapshot-server' || path === undefined || more.length > 0) {
      throw misuse('bad-arguments', 'Write: camd import snapshot-server CONFIG.JSON > profile.yaml');
    }
    return profileOf(await read(path));
  },
};

export default command;

async function read(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CONFIG) throw new Error(`it has ${size} bytes, and the limit is ${MAX_CONFIG}`);
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw misuse(
      'bad-config',
      `${path} cannot be read as the config.json of a Snapshot Server: ${sentence(cause)}.`,
      cause,
    );
  }
}
