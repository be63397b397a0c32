// Turns a system error of a disk into a fault that names the folder and the remedy.

import { errorCode } from '../../../core/base/reason.ts';
import { environment, isFault } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or add retain/policy',
  EDQUOT: 'the quota is used up; free some space or add retain/policy',
  EROFS: 'the disk is mounted read-only',
  EACCES: 'permission was denied; make it writable for the user that camd runs as',
  EPERM: 'permission was denied; make it writable for the user that camd runs as',
  ENOENT: 'the folder does not exist and cannot be created; check the path, and that its disk is mounted',
  ENOTDIR: 'a part of the path is a file and must be a folder; move the file away or choose another path',
  EISDIR: 'a folder is in the place of the latest picture; move it away',
  EIO: 'the disk reported an error',
};

/** System errors become a fault of the environment. A Fault stays as it is, and so does an error without a code: it is a bug. */
export function asFault(cause: unknown, path: string): unknown {
  if (isFault(cause)) return cause;
  const code = errorCode(cause);
  if (code === undefined) return cause;
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'disk-failed';
  return environment(kind, `${path} cannot store pictures: ${EXPLAINED[code] ?? sentence(cause)}.`, cause);
}
