// Builds a Debian package from a staged folder: control data, maintainer scripts, and the archive; the same bytes each time.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface DebOptions {
  readonly version: string;
  /** Seconds since the epoch; the time of every file in the package. */
  readonly epoch: number;
  readonly output: string;
  /** Of xz, from 0 for quick to 9 for small; dpkg-deb's default if absent. */
  readonly level?: number;
}

/** Commands for the installation and the removal. */
const SCRIPTS = 'packaging/debian/scripts';
/** A domain that cannot exist (RFC 2606). A publisher of packages replaces it with a real address. */
export const MAINTAINER = 'The camd authors <packages@camd.invalid>';
/** The oldest Node.js for camd. Debian 13 and Raspberry Pi OS have it. */
const NODE = '20.19';
/** When dpkg replaces this program, camd's compiled code is invalid and is built again. */
const NODE_PROGRAM = '/usr/bin/node';

export function makeDeb(root: string, { version, epoch, output, level }: DebOptions): void {
  const files = listed(root);
  const control = join(root, 'DEBIAN');
  mkdirSync(control, { mode: 0o755 });
  writeFileSync(join(control, 'control'), controlFile(version, sizeOf(root, files)));
  writeFileSync(
    join(control, 'conffiles'),
    files
      .filter((path) => path.startsWith('etc/'))
      .map((path) => `/${path}\n`)
      .join(''),
  );
  writeFileSync(join(control, 'triggers'), `interest-noawait ${NODE_PROGRAM}\n`);
  writeFileSync(join(control, 'md5sums'), files.map((path) => sum(root, path)).join(''));
  for (const name of readdirSync(SCRIPTS)) {
    cpSync(join(SCRIPTS, name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  normalise(root, epoch);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
  const xz = level === undefined ? ['-Zxz'] : ['-Zxz', `-z${level}`];
  execFileSync('dpkg-deb', ['--root-owner-group', ...xz, '--build', root, output], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function controlFile(version: string, kib: number): string {
  return `${[
    'Package: camd',
    `Version: ${version}`,
    'Architecture: all',
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${kib}`,
    `Depends: nodejs (>= ${NODE}), systemd | systemd-standalone-sysusers | systemd-sysusers`,
    'Suggests: ffmpeg, libjpeg-turbo-progs, mosquitto, npm, v4l-utils',
    'Section: video',
    'Priority: optional',
    'Description: one daemon for camera frames',
    ' camd reads a YAML profile and runs it as a graph of sources, parsers,',
    ' transforms, caches, stores, HTTP endpoints, MQTT bridges and uploaders. It',
    ' serves still pictures and MJPEG streams of USB, IP and Raspberry Pi cameras,',
    ' and reloads its profile without cutting a stream.',
    ' .',
    ' Scaling pictures and SQLite need native packages; "camd plugins install"',
    ' gets them by npm.',
  ].join('\n')}\n`;
}

/** Files and links, sorted; folders are left out. */
function listed(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function sum(root: string, path: string): string {
  if (lstatSync(join(root, path)).isSymbolicLink()) return '';
  return `${createHash('md5')
    .update(readFileSync(join(root, path)))
    .digest('hex')}  ${path}\n`;
}

const sizeOf = (root: string, files: readonly string[]): number =>
  Math.ceil(files.reduce((total, path) => total + Math.max(1, Math.ceil(lstatSync(join(root, path)).size / 1024)), 0));

/** Sets the same modes and times regardless of the umask and the clock. */
function normalise(root: string, epoch: number): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
    lutimesSync(path, epoch, epoch);
  }
  chmodSync(root, 0o755);
  lutimesSync(root, epoch, epoch);
}
