// Virtual USB cameras of the test machine that can be plugged in, unplugged and hung; the kernel's uvcvideo driver handles them as real.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finishes } from '../run/process.ts';
import { until } from '../support/until.ts';
import type { Program } from './agent.ts';
import type { Machine } from './machine.ts';

export interface CameraOptions {
  /** Without one, two such cameras share their by-id name. */
  readonly serial?: string;
  readonly name?: string;
  /** 0 to 7. */
  readonly port?: number;
  /** "--no-tables", "--padding=4096", "--torn=2", "--hang-after=3". */
  readonly faults?: readonly string[];
}

export interface UsbCamera {
  /** The device with the pictures, by its id or, without a serial number, by its path. */
  readonly device: string;
  unplug(): Promise<void>;
  plug(): Promise<void>;
  /** Stops the pictures without the driver's notice. */
  hang(): Promise<void>;
  recover(): Promise<void>;
}

/** Required `modules` of a machine with these cameras. */
export const CAMERA_MODULES: readonly string[] = ['vhci-hcd', 'uvcvideo'];

const SIZES = ['640x480', '1280x720', '320x240'];

/** Draws test pictures of each size, once for each machine. */
async function drawPictures({ shared }: Machine): Promise<string> {
  for (const size of SIZES) {
    const folder = join(shared, 'pictures', size);
    if (mkdirSync(folder, { recursive: true }) === undefined) continue;
    const draw = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=1`, '-frames:v', '4', '-huffman', 'default'];
    const argv = ['ffmpeg', '-nostdin', '-v', 'error', ...draw, '-q:v', '8', join(folder, '%d.jpg')];
    if (!(await finishes(argv))) throw new Error('ffmpeg drew no pictures');
  }
  return '/shared/pictures';
}

export async function plugCamera(machine: Machine, options: CameraOptions = {}): Promise<UsbCamera> {
  const { serial = '', name = 'Bench Camera', port = 0, faults = [] } = options;
  const pictures = await drawPictures(machine);
  const own = ['--pictures', pictures, '--serial', serial, '--name', name, '--port', String(port)];
  const program = await machine.start(['/usr/bin/python3', '/shared/usb_camera.py', ...own, ...faults]);
  await program.line(/plugged in/);
  const pattern =
    serial === '' ? `/dev/v4l/by-path/*usb-0:${port + 1}:*-index0` : `/dev/v4l/by-id/*_${serial}-video-index0`;
  return { device: await appears(machine, pattern), ...handle(machine, program, pattern) };
}

function handle(machine: Machine, program: Program, pattern: string) {
  return {
    async unplug() {
      await program.signal('SIGUSR1');
      await vanishes(machine, pattern);
    },
    async plug() {
      await program.signal('SIGUSR2');
      await appears(machine, pattern);
    },
    hang: () => program.signal('SIGHUP'),
    recover: () => program.signal('SIGCONT'),
  };
}

const PLUG_MS = 120_000;
const list = (machine: Machine, pattern: string) => machine.run(['sh', '-c', `ls ${pattern} 2>/dev/null`]);

const appears = (machine: Machine, pattern: string): Promise<string> =>
  until(async () => (await list(machine, pattern)).out.trim().split('\n')[0] || undefined, pattern, PLUG_MS);

const vanishes = (machine: Machine, pattern: string): Promise<true> =>
  until(async () => (await list(machine, pattern)).out.trim() === '', `${pattern} to go`, PLUG_MS);
