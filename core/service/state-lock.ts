// One camd per state folder: a second one is refused with the process and the profile of the first.

import { type FolderLock, lockFolder } from '../base/folder-lock.ts';
import type { Log } from '../base/log.ts';
import { makeFolderSync } from '../base/make-folder.ts';
import type { Release } from '../contract/ports.ts';
import { environment, sentence } from '../contract/problems.ts';

/** Rejects with the fault `already-running` while another process holds the folder. */
export async function lockState(
  folder: string,
  { pid, profile }: { pid: number; profile: string },
  log: Log,
): Promise<Release> {
  const lock = await tryLock(folder, `process ${pid}, which runs ${profile}`);
  if (lock.is === 'held') return lock.release;
  if (lock.is === 'taken') {
    throw environment(
      'already-running',
      `the state folder ${folder} is in use by ${lock.holder}; stop that camd first`,
    );
  }
  log.warn('the state folder cannot be locked', { folder, cause: lock.why });
  return () => {};
}

async function tryLock(folder: string, holder: string): Promise<FolderLock> {
  try {
    makeFolderSync(folder, 0o700);
    return await lockFolder(folder, holder);
  } catch (cause) {
    return { is: 'unsupported', why: sentence(cause) };
  }
}
