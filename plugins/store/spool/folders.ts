// The folders of a spool: segments, dead letters, letters to send again, and damaged parts.

import { join } from 'node:path';
import { lockFolder } from '../../../core/base/folder-lock.ts';
import { environment, type Log } from '../../../core/contract/plugin.ts';
import { type Disk, openDisk } from './disk.ts';

export const DEAD = 'dead';
export const RETRY = 'retry';
const QUARANTINE = 'quarantine';

export interface Folders {
  readonly segments: Disk;
  readonly dead: Disk;
  readonly retry: Disk;
  readonly quarantine: Disk;
  release(): void;
}

/** @param user names this process in another one's error @throws Fault `folder-in-use` while another process has the folder */
export async function openFolders(path: string, user: string, log: Log): Promise<Folders> {
  const segments = await openDisk(path);
  const lock = await lockFolder(path, `process ${process.pid}, ${user}`);
  if (lock.is === 'taken') {
    throw environment(
      'folder-in-use',
      `${path} is in use by ${lock.holder}. Stop that camd, or choose another folder.`,
    );
  }
  if (lock.is === 'unsupported') log.warn('the folder of the spool cannot be locked', { path, cause: lock.why });
  return {
    segments,
    dead: await openDisk(join(path, DEAD)),
    retry: await openDisk(join(path, RETRY)),
    quarantine: await openDisk(join(path, QUARANTINE)),
    release: lock.is === 'held' ? lock.release : () => {},
  };
}
