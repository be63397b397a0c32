// Finds video devices by the names that a profile uses: a number, a path, or udev's names for a camera or for its USB port.

import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { closest } from '../../../core/base/closest.ts';
import { environment } from '../../../core/contract/plugin.ts';

/** The folders of the devices and of the kernel's facts about them; tests have folders of their own. */
export interface DeviceFolders {
  readonly dev: string;
  readonly sys: string;
}

export const SYSTEM: DeviceFolders = { dev: '/dev', sys: '/sys' };

export interface Device {
  /** The device file itself: "/dev/video0". */
  readonly file: string;
  /** The driver's name for it. */
  readonly name: string;
  /** The link named after the camera, and the one named after its port; empty if udev created none. */
  readonly ids: readonly string[];
  readonly paths: readonly string[];
}

/** 0 → "/dev/video0". */
export const devicePath = (device: string | number): string =>
  /^\d+$/.test(String(device)) ? `/dev/video${device}` : String(device);

/**
 * The device file behind a name.
 * @throws Fault `environment`: the device is missing (with similar names), or this user may not use it
 */
export function locate(device: string, folders: DeviceFolders = SYSTEM): string {
  let file: string;
  try {
    file = realpathSync(device);
    if (!statSync(file).isCharacterDevice()) throw new Error('no device');
  } catch (cause) {
    throw environment('device-missing', missing(device, folders), cause);
  }
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw environment('device-denied', denied(file), cause);
  }
  return file;
}

/** "There is no device X. Did you mean Y?" */
export function missing(device: string, folders: DeviceFolders = SYSTEM): string {
  const near = nearMisses(device, folders);
  if (near.length === 0) return `There is no device ${device}, and no other camera is connected.`;
  return `There is no device ${device}; is the camera plugged in? There ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}.`;
}

/** The names of at most three devices, the most similar first, of the same kind where possible. */
export function nearMisses(device: string, folders: DeviceFolders = SYSTEM): string[] {
  const devices = listDevices(folders);
  const kind = device.includes('/by-path/') ? 'paths' : device.includes('/by-id/') ? 'ids' : 'file';
  const names = devices.flatMap((one) => {
    const [first] = kind === 'file' ? [one.file] : one[kind];
    return [first ?? one.ids[0] ?? one.paths[0] ?? one.file];
  });
  const best = closest(device, names);
  return [...new Set([...(best === undefined ? [] : [best]), ...names])].slice(0, 3);
}

function denied(file: string): string {
  const gid = statSync(file).gid;
  const group = groupName(gid) ?? String(gid);
  const { username } = userInfo();
  return `The user ${username} may not use ${file}: add it to the group ${group} (usermod -aG ${group} ${username}), or run camd with SupplementaryGroups=${group}.`;
}

function groupName(gid: number): string | undefined {
  const line = read('/etc/group')
    .split('\n')
    .find((one) => one.split(':')[2] === String(gid));
  return line?.split(':')[0];
}

/** The connected cameras, by number, without their second device files, which carry metadata. */
export function listDevices(folders: DeviceFolders = SYSTEM): Device[] {
  const { dev, sys } = folders;
  const ids = linksIn(join(dev, 'v4l/by-id'));
  const paths = linksIn(join(dev, 'v4l/by-path'));
  return names(dev)
    .filter((name) => /^video\d+$/.test(name))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .filter((name) => ['', '0'].includes(read(join(sys, 'class/video4linux', name, 'index')).trim()))
    .map((name) => {
      const file = join(dev, name);
      const card = read(join(sys, 'class/video4linux', name, 'name')).trim();
      return { file, name: card, ids: ids.get(file) ?? [], paths: paths.get(file) ?? [] };
    });
}

/** Device file → links to it. */
function linksIn(folder: string): Map<string, string[]> {
  const links = new Map<string, string[]>();
  for (const name of names(folder).sort()) {
    const link = join(folder, name);
    try {
      const file = realpathSync(link);
      links.set(file, [...(links.get(file) ?? []), link]);
    } catch {
      // It was unplugged meanwhile.
    }
  }
  return links;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
