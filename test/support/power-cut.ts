// A disk that can lose its power: unsynced data is lost, as on a real disk. A file system on a loop device; needs root.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ending } from './harness.ts';

const exec = promisify(execFile);

export interface PowerCutDisk {
  readonly folder: string;
  /** False if mounting is not permitted on this machine; then a power cut loses the whole disk, which is worse. */
  readonly isReal: boolean;
  /** From now on no data reaches the disk, including written but unsynced data. */
  cut(): Promise<void>;
  /** Restores the disk as at the cut, after the journal's recovery. Programs that used it must have ended. */
  restore(): Promise<void>;
}

const SIZE = 64 * 1024 * 1024;

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (linux/fs/ext4/ext4.h): stops without a flush of data or journal. */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))
`;

export async function powerCutDisk(t: Ending): Promise<PowerCutDisk> {
  const place = mkdtempSync(join(tmpdir(), 'camd-power-'));
  const [image, folder] = [join(place, 'image'), join(place, 'disk')];
  await mkdir(folder);
  writeFileSync(image, '');
  truncateSync(image, SIZE);
  const mount = () => exec('mount', ['-t', 'ext4', '-o', 'loop', image, folder]);
  const isReal = await exec('mkfs.ext4', ['-q', '-F', image])
    .then(mount)
    .then(
      () => true,
      () => false,
    );
  t.teardown(async () => {
    if (isReal) await exec('umount', ['--lazy', folder]).catch(() => {});
    rmSync(place, { recursive: true, force: true });
  });
  return {
    folder,
    isReal,
    async cut() {
      if (isReal) await exec('/usr/bin/python3', ['-c', CUT, folder]);
    },
    async restore() {
      if (isReal) {
        await exec('umount', [folder]);
        await mount();
      } else {
        await rm(folder, { recursive: true });
        await mkdir(folder);
      }
    },
  };
}
