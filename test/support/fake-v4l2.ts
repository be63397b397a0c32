// Cameras for tests without a kernel: a program that stands in for v4l2-ctl, and links that stand in for device files.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Ending } from './harness.ts';

export interface FakeControl {
  readonly type?: 'int' | 'bool' | 'menu';
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly default?: number;
  readonly menu?: Readonly<Record<string, string>>;
  /** The driver takes it and does nothing. */
  readonly stuck?: boolean;
}

/** How a camera behaves from now on. */
export interface Behaviour {
  /** Format → sizes. */
  readonly formats?: Readonly<Record<string, readonly string[]>>;
  readonly controls?: Readonly<Record<string, FakeControl>>;
  readonly fps?: number;
  /** Seconds by which the first picture is late. */
  readonly phase?: number;
  /** Seconds that each picture is old when it comes. */
  readonly age?: number;
  /** A file of the folder in place of the picture of the set size. */
  readonly picture?: string;
  /** The byte that raw pictures consist of. */
  readonly value?: number;
  readonly padding?: number;
  readonly tables?: false;
  /** So many first pictures of each stream. */
  readonly torn?: number;
  readonly undecodable?: number;
  readonly dark?: number;
  /** Numbers of pictures that the driver marks as damaged. */
  readonly damaged?: readonly number[];
  readonly unplugged_after?: number;
  readonly hang?: boolean;
  readonly busy?: boolean;
  readonly denied?: boolean;
  /** There is no bandwidth while this other camera streams. */
  readonly needs_free?: string;
  /** Text before the first picture on stdout. */
  readonly greeting?: string;
  /** How a stream ends at once; "never" undoes it. */
  readonly end?: 'busy' | 'empty' | 'no-bandwidth' | 'timeout' | 'never';
}

export interface FakeCameras {
  readonly folder: string;
  /** Plugs in a camera; the path of its device. Another node for the same name is another device file. */
  plug(name: string, behaviour?: Behaviour, file?: string): string;
  /** From the next picture on. */
  set(name: string, behaviour: Behaviour): void;
  unplug(name: string): void;
  /** The arguments of every call for this camera. */
  calls(name: string): readonly (readonly string[])[];
  /** The value that a control has now. */
  control(name: string, control: string): number | undefined;
  /** Living processes of the stand-in. */
  living(): number[];
}

/** Device files that exist everywhere and that nobody else keeps open. */
const FILES = ['/dev/full', '/dev/random'];
const PROGRAM = fileURLToPath(new URL('fake-v4l2-ctl.py', import.meta.url));
const SIZES = ['640x480', '320x240'];

const DEFAULT: Behaviour = {
  formats: { MJPG: SIZES, YUYV: ['320x240'] },
  controls: {
    brightness: { min: -64, max: 64 },
    auto_exposure: { type: 'menu', max: 3, default: 3, menu: { 1: 'Manual Mode', 3: 'Aperture Priority Mode' } },
    exposure_time_absolute: { min: 3, max: 2047, default: 250 },
    focus_absolute: { min: 0, max: 250, step: 5 },
    white_balance_automatic: { type: 'bool', default: 1 },
  },
  fps: 50,
};

export async function fakeCameras(t: Ending): Promise<FakeCameras> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-v4l2-'));
  cpSync(PROGRAM, join(folder, 'v4l2-ctl'));
  chmodSync(join(folder, 'v4l2-ctl'), 0o755);
  for (const size of SIZES) writeFileSync(join(folder, `${size}.jpg`), await drawn(size, 140));
  // An exposure that settles: every picture is brighter than the one before.
  for (let number = 1; number <= 6; number++) {
    writeFileSync(join(folder, `dark-${number}.jpg`), await drawn('640x480', number * 20));
  }
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  t.teardown(() => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  });
  const devices: string[] = [];
  const behaviours = new Map<string, Behaviour>();

  const set = (name: string, behaviour: Behaviour): void => {
    const whole = { ...DEFAULT, ...behaviours.get(name), ...behaviour };
    behaviours.set(name, whole);
    // Renamed into place: it is read for every picture.
    writeFileSync(join(folder, `${name}.json.new`), JSON.stringify(whole));
    renameSync(join(folder, `${name}.json.new`), join(folder, `${name}.json`));
  };
  return {
    folder,
    set,
    plug(name, behaviour = {}, file) {
      set(name, behaviour);
      if (!devices.includes(name)) devices.push(name);
      symlinkSync(file ?? FILES[devices.indexOf(name) % FILES.length] ?? '/dev/full', join(folder, name));
      return join(folder, name);
    },
    unplug: (name) => rmSync(join(folder, name), { force: true }),
    calls(name) {
      const file = join(folder, `${name}.calls`);
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line) as string[]);
    },
    control(name, control) {
      const file = join(folder, `${name}.state`);
      if (!existsSync(file)) return undefined;
      const state = JSON.parse(readFileSync(file, 'utf8')) as { controls: Record<string, number> };
      return state.controls[control];
    },
    living: () =>
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0 && pid !== process.pid && commandOf(pid).includes(`${folder}/v4l2-ctl`)),
  };
}

/** A picture with the standard Huffman tables, as cameras mean them when they leave them out. */
export function drawn(size: string, grey: number): Promise<Buffer> {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const background = { r: grey, g: grey, b: grey };
  const image = sharp({ create: { width, height, channels: 3, background } });
  return image.jpeg({ optimiseCoding: false, optimizeCoding: false }).toBuffer();
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
