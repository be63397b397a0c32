// Opens the control socket of a profile at the first usable place.

import { dirname } from 'node:path';
import type { Log } from '../../base/log.ts';
import { makeFolderSync } from '../../base/make-folder.ts';
import { isFault, sentence } from '../../contract/problems.ts';
import type { Profile } from '../../profile/profile.ts';
import { makeControlFolder, socketsOf } from './place.ts';
import { type ControlOptions, type ControlServer, serveControl } from './server.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Returns undefined if the profile disables the socket, or if camd cannot create one and so runs without it. Rejects with a Fault if
 * another camd has the socket, or if the one named by the profile cannot be opened.
 */
export async function openControl(
  profile: Pick<Profile, 'control' | 'file' | 'folder'>,
  env: Env,
  options: ControlOptions,
  log: Log,
): Promise<ControlServer | undefined> {
  const named = profile.control !== undefined;
  const failures: string[] = [];
  for (const path of socketsOf(profile, env)) {
    try {
      if (named) makeFolderSync(dirname(path), 0o700);
      else makeControlFolder(dirname(path));
      const server = await serveControl(path, options);
      log.info('control socket is open', { path });
      return server;
    } catch (cause) {
      if (named || (isFault(cause) && cause.code === 'already-running')) throw cause;
      failures.push(`${path}: ${sentence(cause)}`);
    }
  }
  if (failures.length > 0) {
    log.warn('camd runs without a control socket; "camd status" and "camd reload" cannot reach it', {
      why: failures.join('; '),
    });
  }
  return undefined;
}
