// Checks the user: root has all permissions, so that those of the service cannot be examined.

import { readFileSync } from 'node:fs';
import { ownUid } from '../../../core/base/own-uid.ts';
import type { Observation } from '../../../core/contract/examine.ts';
import { quoted } from '../examine/connection.ts';

/** The user of the packaged service (packaging/sysusers.d). */
const SERVICE_USER = 'camd';

export function* examineUser(profile: string | undefined, uid = ownUid(), passwd = users()): Generator<Observation> {
  if (uid !== 0) return;
  const exists = new RegExp(`^${SERVICE_USER}:`, 'm').test(passwd);
  const message = `This is root, which has all permissions, so they were not examined${exists ? ` for the user ${SERVICE_USER}, which runs the service` : ''}.`;
  const file = profile === undefined ? '' : ` ${quoted(profile)}`;
  const fix = exists ? { fix: `sudo -u ${SERVICE_USER} camd doctor${file}` } : {};
  yield { is: 'warning', code: 'root', message, ...fix };
}

function users(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
