// Cameras for tests without a kernel: a fake v4l2-ctl, and links as device files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  /** The driver accepts changes but ignores them. */
  readonly stuck?: boolean;
}

/** A change of a camera's behaviour. */
export interface Behaviour {
  /** Format → sizes. */
  readonly formats?: Readonly<Record<string, readonly string[]>>;
  readonly controls?: Readonly<Record<string, FakeControl>>;
  readonly fps?: number;
  /** Delay of the first picture in seconds. */
  readonly phase?: number;
  /** Age of each picture on arrival in seconds. */
  readonly age?: number;
  /** A file of the folder that replaces the picture of the configured size. */
  readonly picture?: string;
  /** The byte value of raw pictures. */
  readonly value?: number;
  readonly padding?: number;
  readonly tables?: false;
  /** Number of first pictures of each stream. */
  readonly torn?: number;
  readonly undecodable?: number;
  readonly dark?: number;
  /** Numbers of pictures that the driver marks as damaged. */
  readonly damaged?: readonly number[];
  readonly unplugged_after?: number;
  readonly hang?: boolean;
  readonly busy?: boolean;
  readonly denied?: boolean;
  /** Simulates a lack of bandwidth while this other camera streams. */
  readonly needs_free?: string;
  /** Text before the first picture on stdout. */
  readonly greeting?: string;
  /** Ends a stream immediately in this way; "never" undoes it. */
  readonly end?: 'busy' | 'empty' | 'no-bandwidth' | 'timeout' | 'never';
}

export interface FakeCameras {
  readonly folder: string;
  /** Plugs in a camera and returns the path of its device. With another `file`, the same name gets another device file. */
  plug(name: string, behaviour?: Behaviour, file?: string): string;
  /** Takes effect with the next picture. */
  set(name: string, behaviour: Behaviour): void;
  unplug(name: string): void;
  /** The arguments of every call for this camera. */
  calls(name: string): readonly (readonly string[])[];
  /** The current value of a control. */
  control(name: string, control: string): number | undefined;
  /** Running processes of the fake program. */
  running(): number[];
}

/** Device files that exist everywhere and that no other program keeps open. */
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

/** File names and pictures, drawn once for all cameras of a test file. */
let pictures: Promise<Map<string, Buffer>> | undefined;

async function drawPictures(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const size of SIZES) files.set(`${size}.jpg`, await drawn(size, 140));
  // Simulates an exposure that settles: every picture is brighter than the one before.
  for (let number = 1; number <= 6; number++) {
    files.set(`dark-${number}.jpg`, await drawn('640x480', number * 20));
  }
  return files;
}

export async function fakeCameras(t: Ending): Promise<FakeCameras> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-v4l2-'));
  cpSync(PROGRAM, join(folder, 'v4l2-ctl'));
  chmodSync(join(folder, 'v4l2-ctl'), 0o755);
  pictures ??= drawPictures();
  for (const [name, picture] of await pictures) writeFileSync(join(folder, name), picture);
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
    // Renamed into place, because it is read for every picture.
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
      // The last line may be written at this moment.
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as string[]);
    },
    control(name, control) {
      const file = join(folder, `${name}.state`);
      if (!existsSync(file)) return undefined;
      const state = JSON.parse(readFileSync(file, 'utf8')) as { controls: Record<string, number> };
      return state.controls[control];
    },
    running: () =>
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0 && pid !== process.pid && commandOf(pid).includes(`${folder}/v4l2-ctl`)),
  };
}

/** A picture with the standard Huffman tables, which cameras assume when they leave them out. */
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

/** A device file that no other program can hold: the terminal of a process of this test, which keeps only the other side of it open. */
export async function ownDevice(t: Ending): Promise<string> {
  const program =
    'import os, time; _, side = os.openpty(); print(os.ttyname(side), flush=True); os.close(side); time.sleep(1000)';
  const owner = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => void owner.kill('SIGKILL'));
  const [line] = await once(owner.stdout, 'data');
  return String(line).trim();
}
