// The folder for a profile's state: data that must outlive the process, such as the services that camd has stopped.

import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { basename, extname, isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Absolute. Under systemd the unit's StateDirectory= (systemd.exec(5): the first of $STATE_DIRECTORY); otherwise camd/NAME-HASH under
 * $XDG_STATE_HOME or ~/.local/state (XDG Base Directory 0.8), or in the temporary folder for a user without a home.
 * @param profile the absolute path of the profile; two profiles with the same name have separate folders
 */
export function stateFolder(env: Environment, profile: string): string {
  const name = `${basename(profile, extname(profile))}-${createHash('sha256').update(profile).digest('hex').slice(0, 8)}`;
  const [given = ''] = (env.STATE_DIRECTORY ?? '').split(':');
  if (isAbsolute(given)) return join(given, name);
  const home = absolute(env.HOME);
  const base = absolute(env.XDG_STATE_HOME) ?? (home && join(home, '.local', 'state'));
  return base ? join(base, 'camd', name) : join(tmpdir(), `camd-${userInfo().uid}`, name);
}

const absolute = (path: string | undefined): string | undefined => (path && isAbsolute(path) ? path : undefined);
