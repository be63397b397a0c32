// The path of the control socket: the daemon chooses it, the commands find it.

import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Profile } from '../../profile/profile.ts';
import { resolvePath } from '../../profile/resolve.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where systemd puts the socket of the packaged unit (RuntimeDirectory=camd). */
export const SYSTEM_FOLDER = '/run/camd';

/** The socket of a profile; undefined when it wants none or there is no safe folder for it. */
export function socketOf(profile: Pick<Profile, 'control' | 'file' | 'folder'>, env: Env): string | undefined {
  if (profile.control === false) return undefined;
  if (profile.control !== undefined) return resolvePath(profile.folder, profile.control);
  const [folder] = folders(env);
  return folder === undefined ? undefined : join(folder, `${basename(profile.file, extname(profile.file))}.sock`);
}

/** Sockets that lie where camd puts them, the ones of this user first. */
export function findSockets(env: Env): readonly string[] {
  return [...new Set([...folders(env), SYSTEM_FOLDER])].flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.sock'))
        .sort()
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

/** RUNTIME_DIRECTORY is systemd's, and may list several (systemd.exec(5)); XDG_RUNTIME_DIR is the user's own. */
function folders(env: Env): string[] {
  const [service] = (env.RUNTIME_DIRECTORY ?? '').split(':');
  const user = env.XDG_RUNTIME_DIR;
  return [...(service ? [service] : []), ...(user ? [join(user, 'camd')] : [])];
}
