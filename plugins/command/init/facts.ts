// Detects cameras with their formats and sizes, programs, used ports, and a Moonraker on this machine.

import { request } from 'node:http';
import { findProgram } from '../../../core/base/find-program.ts';
import type { Io } from '../../../core/cli/command.ts';
import { listPiCameras } from '../../kit/examine/pi-cameras.ts';
import { type Listening, listening } from '../../kit/examine/ports.ts';
import type { Camera } from './kind.ts';

export interface Facts {
  readonly cameras: readonly Camera[];
  /** Program → true if it is installed. */
  readonly programs: Readonly<Record<string, boolean>>;
  readonly taken: readonly Listening[];
  /** True if a Moonraker answers at MOONRAKER. */
  readonly moonraker: boolean;
}

export const MOONRAKER = 'http://127.0.0.1:7125';
const MOONRAKER_MS = 1_000;
const PROGRAMS = ['ffmpeg', 'v4l2-ctl', 'rpicam-vid'] as const;
/** Larger pictures cost more without a visible gain for most viewers. */
const WIDEST = 1920;

export async function detect(io: Io, signal: AbortSignal): Promise<Facts> {
  const programs = Object.fromEntries(PROGRAMS.map((name) => [name, findProgram(name) !== undefined]));
  const [usb, pis, moonraker] = await Promise.all([
    programs['v4l2-ctl'] ? usbCameras(io, signal) : [],
    listPiCameras(signal).catch(() => undefined),
    answers(`${MOONRAKER}/server/info`),
  ]);
  const pi = (pis ?? []).map(({ index, sensor, sizes }): Camera => {
    return { is: 'pi', id: index === 0 ? 'pi' : `pi-${index + 1}`, name: sensor, index, sizes };
  });
  return { cameras: [...usb, ...pi], programs, taken: listening(), moonraker };
}

/** The used part of one camera in the output of `camd devices --format json`. */
export interface Device {
  readonly name: string;
  readonly driver: string;
  readonly device: string;
  readonly formats: readonly { readonly pixels: string; readonly sizes: readonly { readonly size: string }[] }[];
}

/** `camd devices` belongs to a plugin; it also lists a Raspberry Pi's own camera, without formats that a program can use. */
async function usbCameras(io: Io, signal: AbortSignal): Promise<Camera[]> {
  const devices = await io.standaloneCommands.devices?.();
  const text = await devices?.default.run(['--format', 'json'], signal).catch(() => undefined);
  return text === undefined ? [] : chooseCameras(JSON.parse(text));
}

/** Prefers MJPG to raw pictures; chooses the largest size up to full HD. Pure. */
export function chooseCameras(devices: readonly Device[]): Camera[] {
  const used = new Set<string>();
  return devices.flatMap(({ name, driver, device, formats }): Camera[] => {
    if (OF_LIBCAMERA.test(driver)) return [];
    const format = formats.find(({ pixels }) => pixels === 'MJPG') ?? formats.find(({ pixels }) => RAW.has(pixels));
    if (format === undefined) return [];
    const sizes = format.sizes.map(({ size }) => size).filter((size) => /^\d+x\d+$/.test(size));
    const size =
      [...sizes].filter((each) => widthOf(each) <= WIDEST).sort((a, b) => areaOf(b) - areaOf(a))[0] ?? sizes[0];
    return [{ is: 'usb', id: idOf(name, used), name, device, size, format: format.pixels, sizes }];
  });
}

/** Drivers of a Raspberry Pi's camera port, decoder and image processor. */
const OF_LIBCAMERA = /^(?:unicam|bcm2835|bm2835|rp1-cfe|rpi|pispbe)/;
/** Raw formats that nearly every camera has. */
const RAW: ReadonlySet<string> = new Set(['YUYV', 'UYVY', 'NV12']);
const widthOf = (size: string): number => Number(size.split('x')[0]);
const areaOf = (size: string): number => widthOf(size) * Number(size.split('x')[1]);

/** "HD Pro Webcam C920" → "hd-pro-webcam-c920", with -2 for the next camera of that name. */
export function idOf(name: string, used: Set<string>): string {
  const base =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 24)
      .replace(/-+$/, '') || 'camera';
  let id = base;
  for (let number = 2; used.has(id) || TAKEN.has(id); number++) id = `${base}-${number}`;
  used.add(id);
  return id;
}

/** Ids of other nodes in the profiles that `camd init` writes. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['latest', 'web', 'viewer', 'snapshot', 'stream', 'health', 'metrics', 'status', 'lan', 'webcam', 'moonraker'],
  ...['prusa', 'sample', 'spool', 'api', 'pi', 'eyes', 'disk', 'history', 'retention'],
]);

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(url, { timeout: MOONRAKER_MS, agent: false }, (response) => {
      response.destroy();
      // 401 comes from a Moonraker that requires a key.
      resolve(response.statusCode === 200 || response.statusCode === 401);
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(false));
    call.end();
  });
}
