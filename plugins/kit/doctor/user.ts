// Observes who runs this: root may do everything, so that nothing is said about the permissions of the service.

import { readFileSync } from 'node:fs';
import { ownUid } from '../../../core/base/own-uid.ts';
import type { Observation } from '../../../core/contract/examine.ts';
import { quoted } from '../examine/connection.ts';

/** The user of the packaged service (packaging/sysusers.d). */
const SERVICE_USER = 'camd';

export function* examineUser(profile: string | undefined, uid = ownUid(), passwd = users()): Generator<Observation> {
  if (uid !== 0) return;
  const exists = new RegExp(`^${SERVICE_USER}:`, 'm').test(passwd);
  const message = `This is root, who may do everything: permissions were not examined${exists ? ` for the user ${SERVICE_USER}, who runs the service` : ''}.`;
  const file = profile === undefined ? '' : ` ${quoted(profile)}`;
  const mend = exists ? { mend: `sudo -u ${SERVICE_USER} camd doctor${file}` } : {};
  yield { is: 'warning', code: 'root', message, ...mend };
}

function users(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
