// Opens the control socket of a profile at the first place that can be used.

import { dirname } from 'node:path';
import type { Log } from '../../base/log.ts';
import { makeFolderSync } from '../../base/make-folder.ts';
import { isFault, sentence } from '../../contract/problems.ts';
import type { Profile } from '../../profile/profile.ts';
import { makeControlFolder, socketsOf } from './place.ts';
import { type ControlOptions, type ControlServer, serveControl } from './server.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * undefined when the profile wants no socket, or when camd can make none: then it runs without one. Rejects with a Fault when another
 * camd has the socket, and when the one that the profile names cannot be opened.
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
