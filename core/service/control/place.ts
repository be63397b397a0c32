// The path of the control socket: chosen by the daemon, found by the commands.

import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, isAbsolute, join } from 'node:path';
import { makeFolderSync } from '../../base/make-folder.ts';
import { ownUid } from '../../base/own-uid.ts';
import { environment } from '../../contract/problems.ts';
import type { Profile } from '../../profile/profile.ts';
import { resolvePath } from '../../profile/resolve.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The folder in which systemd puts the socket of the packaged unit (RuntimeDirectory=camd). */
export const SYSTEM_FOLDER = '/run/camd';

/** sun_path of unix(7), without the terminating zero. */
const MAX_PATH = 107;

/** Possible paths of a profile's socket, best first; empty if the profile disables it. */
export function socketsOf(profile: Pick<Profile, 'control' | 'file' | 'folder'>, env: Env): readonly string[] {
  if (profile.control === false) return [];
  if (profile.control !== undefined) return [resolvePath(profile.folder, profile.control)];
  const name = `${basename(profile.file, extname(profile.file))}.sock`;
  return folders(env)
    .map((folder) => join(folder, name))
    .filter((path) => Buffer.byteLength(path) <= MAX_PATH);
}

/** Sockets in the folders that camd uses, those of this user first. */
export function findSockets(env: Env): readonly string[] {
  return [...new Set([...folders(env), SYSTEM_FOLDER])].flatMap((folder) => {
    try {
      // Any user may create a folder of this name in the temporary folder.
      if (folder === temporary() && !isOwn(folder)) return [];
      return readdirSync(folder)
        .filter((name) => name.endsWith('.sock'))
        .sort()
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

/**
 * RUNTIME_DIRECTORY is set by systemd, and may list several (systemd.exec(5)); XDG_RUNTIME_DIR belongs to the user. Without both, as under
 * cron or in a container, it is a folder beside the state, or one in the temporary folder for a user without a home.
 */
function folders(env: Env): string[] {
  const [service] = (env.RUNTIME_DIRECTORY ?? '').split(':');
  const user = absolute(env.XDG_RUNTIME_DIR);
  const home = absolute(env.HOME);
  const state = absolute(env.XDG_STATE_HOME) ?? (home && join(home, '.local', 'state'));
  return [
    ...(service ? [service] : []),
    ...(user ? [join(user, 'camd')] : []),
    ...(state ? [join(state, 'camd', 'control')] : []),
    temporary(),
  ];
}

const temporary = (): string => join(tmpdir(), `camd-${ownUid()}`);

const absolute = (path: string | undefined): string | undefined => (path && isAbsolute(path) ? path : undefined);

/** Creates the folder of a socket that camd has chosen: only its user may enter it. Throws a Fault if it belongs to another user. */
export function makeControlFolder(folder: string): void {
  makeFolderSync(folder, 0o700);
  if (!isOwn(folder)) throw environment('unsafe-control', `${folder} belongs to another user or is not a folder`);
  // A folder created by systemd may be readable by others; with write access to it, they could replace the socket.
  if ((lstatSync(folder).mode & 0o022) !== 0) chmodSync(folder, 0o700);
}

function isOwn(folder: string): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === ownUid();
}
