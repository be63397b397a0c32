// Checks if a folder is usable: its permissions, a read-only disk, free space and free inodes.

import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { ownUid } from '../../../core/base/own-uid.ts';
import { errorCode, reason } from '../../../core/base/reason.ts';
import { formatSize } from '../../../core/base/units.ts';
import type { Observation } from '../../../core/contract/plugin.ts';
import { quoted } from './connection.ts';

/** Bytes; less free space is a warning unless the profile sets a limit of its own. */
export const LEAST_FREE = 256 * 1024 * 1024;
/** With fewer free inodes, new files will soon fail although there is space. */
export const LEAST_INODES = 1000;

export interface FolderUse {
  readonly option: string;
  /** Absolute. If it does not exist yet, the nearest existing folder above it must permit creating it. */
  readonly path: string;
  /** Bytes that the node keeps free. */
  readonly minFree?: number;
  /** True if the node only reads there. */
  readonly readOnly?: boolean;
}

export function* examineFolder({ option, path, minFree, readOnly = false }: FolderUse): Generator<Observation> {
  const at = nearest(path);
  const exists = at === path;
  const user = userName();
  const create = `sudo install -d -o ${user} ${quoted(path)}`;
  const wrong = (code: string, message: string, fix: string): Observation => ({
    is: 'wrong',
    code,
    option,
    message,
    fix,
  });
  if (!statSync(at).isDirectory()) {
    yield wrong('not-a-folder', `${at} is a file but must be a folder.`, `ls -ld ${quoted(at)}`);
    return;
  }
  if (!exists && readOnly) {
    yield wrong('missing-folder', `${path} does not exist.`, create);
    return;
  }
  try {
    accessSync(at, readOnly ? constants.R_OK | constants.X_OK : constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (errorCode(cause) === 'EROFS') {
      const fix = `findmnt --target ${quoted(at)}`;
      yield wrong('read-only', `${path} is on a disk that is mounted read-only.`, fix);
      return;
    }
    const what = exists ? `may not ${readOnly ? 'read' : 'write to'} ${path}` : `may not create ${path} in ${at}`;
    yield wrong(
      'no-permission',
      `The user ${user} ${what}: ${reason(cause)}.`,
      exists ? `sudo chown ${user} ${quoted(path)}` : create,
    );
    return;
  }
  yield* readOnly ? [] : examineSpace(option, path, at, minFree);
}

function* examineSpace(option: string, path: string, at: string, minFree: number | undefined): Generator<Observation> {
  const { bavail, bsize, files, ffree } = statfsSync(at);
  const free = bavail * bsize;
  const fix = `df -h ${quoted(at)}; du -xh --max-depth=2 ${quoted(at)} | sort -h | tail`;
  if (files > 0 && ffree < LEAST_INODES) {
    const message = `${path} is on a disk with ${ffree} free inodes; new files fail soon although there is space.`;
    yield { is: ffree === 0 ? 'wrong' : 'warning', code: 'few-inodes', option, message, fix: `df -i ${quoted(at)}` };
  }
  if (minFree !== undefined && free < minFree) {
    const message = `${path} has ${formatSize(free)} free, less than min_free (${formatSize(minFree)}): no picture is stored.`;
    yield { is: 'wrong', code: 'disk-full', option, message, fix };
  } else if (free < LEAST_FREE) {
    yield {
      is: 'warning',
      code: 'disk-nearly-full',
      option,
      message: `${path} has only ${formatSize(free)} free.`,
      fix,
    };
  } else {
    yield { is: 'fine', code: 'folder', option, message: `${path} is writable and has ${formatSize(free)} free.` };
  }
}

function nearest(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    try {
      statSync(at);
      return at;
    } catch {
      if (at === dirname(at)) return at;
    }
  }
}

/** The name of the user that runs this; the user id if there is no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(ownUid());
  }
}
