// The uid of the user who runs camd, even without an entry in the user database, as in containers.

import { statSync } from 'node:fs';
import { userInfo } from 'node:os';

export function ownUid(): number {
  try {
    return userInfo().uid;
  } catch {
    return statSync('/proc/self').uid;
  }
}
